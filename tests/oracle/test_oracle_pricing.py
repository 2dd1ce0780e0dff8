import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from usagebill_tui.domain.pricing import PricedEvent, charge, price_from_table
from usagebill_tui.domain.quantity import round_to
from usagebill_tui.plugin.registry import builtin_registry

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("pricing.json").read_text("utf-8"))
KNOWN = builtin_registry().pricing_models
NOT_YET: frozenset[str] = frozenset()
"""The models that no code prices yet."""


def test_only_the_named_models_are_passed_over() -> None:
    assert {case["model"] for case in CASES} - set(KNOWN) == NOT_YET
    assert len(CASES) == 41


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["model"] not in NOT_YET], ids=lambda case: case["id"]
)
def test_a_peer_agrees(case: dict[str, Any]) -> None:
    price = price_from_table({"model": case["model"], **case["params"]})
    units = Decimal(case["units"]) if "units" in case else None
    events = [PricedEvent(Decimal(amount)) for amount in case.get("events", ())]
    charged = charge(units, price, KNOWN[case["model"]], "USD", events)
    digits = case.get("round_to_decimals")
    amount = charged.amount if digits is None else round_to(charged.amount, digits)
    assert amount == Decimal(case["expected_amount"]), case["note"]
    assert sum(step.amount for step in charged.steps) == charged.rounded
