import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from usagebill_tui.domain.dialect import DIALECTS, OWN
from usagebill_tui.domain.pricing import PricedEvent, charge, charge_under, price_from_table, terms
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


def of_a_system() -> list[tuple[str, dict[str, Any]]]:
    """Return the cases from systems that have a dialect, with its name."""
    named = [
        (next((name for name in DIALECTS if name in case["source"].lower()), ""), case) for case in CASES
    ]
    return [(name, case) for name, case in named if name]


@pytest.mark.parametrize(
    ("name", "case"), of_a_system(), ids=lambda one: one if isinstance(one, str) else one["id"]
)
def test_a_system_agrees_with_the_dialect_that_bears_its_name(name: str, case: dict[str, Any]) -> None:
    params = {key: value for key, value in case["params"].items() if key != "zero_usage_flat"}
    price = price_from_table({"model": case["model"], **params})
    units = Decimal(case["units"]) if "units" in case else None
    events = [PricedEvent(Decimal(amount)) for amount in case.get("events", ())]
    agreed = terms(price, KNOWN[case["model"]], "USD", DIALECTS[name])
    charged = charge_under(agreed, units, events)
    assert charged.rounded == round_to(Decimal(case["expected_amount"]), 2), case["note"]


def test_the_page_names_the_dialects_that_no_figure_holds() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "contracts.md").read_text("utf-8")
    (line,) = [one for one in page.splitlines() if "| no figure |" in one]
    held = {name for name, _ in of_a_system()}
    named = set(line.split("|")[1].strip().lower().split(", "))
    assert named == set(DIALECTS) - held - {OWN}
