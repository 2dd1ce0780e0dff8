"""Peers' figures for groups, as the lines of an invoice whose price is one for each group."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.billing.desk import Desk, catalogue, metered
from usagebill_tui.domain.quantity import round_to

CASES: list[dict[str, Any]] = [
    case
    for case in json.loads(Path(__file__).with_name("aggregation.json").read_text("utf-8"))
    if "expected_groups" in case
]


def test_no_case_is_passed_over() -> None:
    assert [case["id"] for case in CASES] == ["A010", "A038", "A039", "A040", "A041"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_each_group_is_a_line_with_the_units_that_a_peer_states(case: dict[str, Any], tmp_path: Path) -> None:
    metric = {"code": "m", **case["metric"]}
    price = metered("m", model="per_unit", unit_amount="1", group_by=metric["group_by"])
    first = date.fromisoformat(case["period"]["from"][:10])
    text = catalogue({"m": price}, metrics=[metric], subscription={"start": first})
    with Desk(tmp_path, text) as desk:
        desk.events(*(("acme", "m", event["timestamp"], event["properties"]) for event in case["events"]))
        (invoice,) = desk.workspace.bill(f"{first:%Y-%m}").invoices
    digits = case.get("compare_rounded_to_decimals", 0)
    found = [(line.group, round_to(line.units or Decimal(0), digits)) for line in invoice.lines]
    expected = [(each["group"], Decimal(each["value"])) for each in case["expected_groups"]]
    assert found == expected
