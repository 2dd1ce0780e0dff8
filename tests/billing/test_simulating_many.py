"""Simulating many customers of a mixed catalogue at once: what each comes to is what its bills say."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Table, catalogue, fee, metered
from usagebill_tui.billing.simulating import SimulationRequest, running
from usagebill_tui.domain.periods import parse_period

PRODUCTS = {
    "fee": fee("19.99"),
    "calls": metered(
        "calls", model="tiered", tiers=[{"up_to": 2, "unit_amount": "0.5"}, {"unit_amount": "0.333"}]
    ),
    "gb": metered(
        "gb",
        unit_amount="1.115",
        group_by=["team"],
        by=[{"when": {"region": "eu"}, "unit_amount": "1.3", "minimum_amount": "0.07"}],
    ),
    "peak": metered("peak", model="package", package_size=3, package_amount="0.335"),
    "stored": metered("stored", unit_amount="0.0125"),
    "cut": metered("gb", model="percentage", rate_percent="2.5", fixed_amount_per_event="0.10"),
}
PLANS: list[Table] = [
    {"code": "limits", "products": ["fee", "calls", "peak"], "minimum_spend": "25", "maximum_spend": "40"},
    {"code": "walked", "products": ["cut", "stored"], "discount": {"percent": "7.5"}},
    {"code": "years", "products": ["gb", "calls"], "billing": "anniversary"},
]
WHO = [
    {
        "id": f"{plan}-{place}",
        "timezone": zone,
        "subscription": [{"plan": plan, "start": date(2025, 12, 1 + place), **({"end": end} if end else {})}],
    }
    for plan in ("limits", "walked", "years")
    for place, (zone, end) in enumerate(
        [("UTC", None), ("Asia/Tokyo", None), ("America/New_York", date(2026, 3, 9)), ("UTC", None)]
    )
]


@pytest.mark.parametrize("at_once", [1, 500_000])
def test_everybody_comes_to_what_the_bills_say(
    at_once: int, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_AT_ONCE", at_once)
    desk = open_desk(catalogue(PRODUCTS, plan={"products": ["fee"]}, plans=PLANS, more=WHO))
    desk.events(
        *(
            (
                str(who["id"]),
                "calls" if turn % 3 else "gb",
                f"2026-0{1 + turn % 4}-{1 + (turn * 7 + place) % 28:02}T{turn % 24:02}:30:00Z",
                {"gb": f"{turn + place}.125", "team": "ab"[turn % 2], "region": ["eu", "us"][place % 2]},
            )
            for place, who in enumerate(WHO)
            for turn in range(12)
        )
    )
    period = "2026-01-01..2026-05-01"
    billed: Counter[str] = Counter()
    for invoice in desk.workspace.bill(period, dry_run=True).invoices:
        # Counting whole periods only leaves out those that began before the first day.
        if invoice.period.start.date() >= date(2025, 12, 31):
            billed[invoice.customer] += int((invoice.subtotal - invoice.discount) * 100)
    found = desk.workspace.simulate(SimulationRequest(days=parse_period(period), text="")).rows
    assert not any(row.problem for row in found)
    assert {row.customer: int((row.before or Decimal(0)) * 100) for row in found} == billed
    assert all(row.before == row.after for row in found)
