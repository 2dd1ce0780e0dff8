"""Simulating: before is what invoices come to, after is what they would come to; nothing is stored."""

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, catalogue, fee, metered
from usagebill_tui.billing.simulating import Compared, Simulation, SimulationRequest
from usagebill_tui.domain.periods import parse_period
from usagebill_tui.errors import InvalidInput, NotFound, WrongCall

PRODUCTS = {
    "fee": fee("19.99"),
    "set-up": fee("50", "arrears", "one_time"),
    "calls": metered(
        "calls", model="tiered", tiers=[{"up_to": 2, "unit_amount": "0.5"}, {"unit_amount": "0.333"}]
    ),
    "gb": metered("gb", unit_amount="1.115", minimum_amount="4", free_units=1),
    "peak": metered("peak", model="package", package_size=3, package_amount="0.335"),
    "stored": metered("stored", unit_amount="0.0125"),
    "cut": metered("gb", model="percentage", rate_percent="2.5", fixed_amount_per_event="0.10"),
}
PLAN: Table = {
    "minimum_spend": "70.55",
    "maximum_spend": "95.10",
    "discount": {"percent": "7.5", "months": 2},
}
OTHER: Table = {
    "code": "other",
    "products": ["fee", "calls", "gb", "stored", "cut"],
    "maximum_spend": "40",
    "trial_days": 9,
    "discount": {"amount": "3.30"},
}
TEXT = catalogue(PRODUCTS, plan=PLAN, plans=[OTHER], customer={"tax_percent": "8.25"})


def simulated(desk: Desk, period: str = "2026-01-01..2026-07-01", **asked: Any) -> Simulation:
    return desk.workspace.simulate(SimulationRequest(days=parse_period(period), **asked))


def only(found: Simulation) -> Compared:
    (row,) = found.rows
    assert not row.problem
    return row


def invoiced(desk: Desk, period: str) -> Decimal:
    """What the invoices of a period come to before tax."""
    invoices = desk.workspace.bill(period, dry_run=True).invoices
    return sum((invoice.subtotal - invoice.discount for invoice in invoices), Decimal(0))


DAYS = st.dates(date(2025, 12, 20), date(2026, 5, 20))
EVENTS = st.lists(
    st.tuples(DAYS, st.sampled_from(["calls", "gb"]), st.decimals(0, 40, places=3)), max_size=12
)


@settings(max_examples=8)
@given(
    EVENTS,
    DAYS,
    st.one_of(st.none(), st.dates(date(2026, 2, 1), date(2026, 5, 20))),
    st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]),
    st.sampled_from([None, "0.77"]),
)
def test_both_sides_are_what_invoices_come_to(
    events: list[tuple[date, str, Decimal]], start: date, end: date | None, zone: str, override: str | None
) -> None:
    bound: Table = {"start": start} if end is None or end <= start else {"start": start, "end": end}
    if override is not None:
        bound["prices"] = {"gb": {"unit_amount": override}}
    who = {"timezone": zone, "tax_percent": "8.25"}
    rows = [("acme", metric, f"{day}T03:30:00Z", {"gb": str(value)}) for day, metric, value in events]
    sums = []
    with tempfile.TemporaryDirectory() as folder:
        for number, plan in enumerate(["pro", "other"]):
            place = Path(folder) / str(number)
            place.mkdir()
            text = catalogue(
                PRODUCTS, plan=PLAN, plans=[OTHER], customer=who, subscription={**bound, "plan": plan}
            )
            with Desk(place, text) as desk:
                if rows:
                    desk.events(*rows)
                sums.append(invoiced(desk, "2025-12-01..2026-06-01"))
                if plan == "pro":
                    row = only(simulated(desk, "2025-12-01..2026-06-01", plan="other"))
    assert [row.before, row.after] == sums


def test_customers_that_are_not_alike_keep_what_is_their_own(open_desk: OpenDesk) -> None:
    """Much is worked out once for contracts alike; plan by plan, one thing here makes them unlike."""
    unlike: list[Table] = [
        {"code": "anniversary", "billing": "anniversary"},
        {"code": "trial", "trial_days": 2200},
        {"code": "discount", "discount": {"percent": "50", "months": 74}},
        {"code": "level", "products": ["fee", "stored"]},
        {"code": "limit", "minimum_spend": "41.37"},
    ]
    who = [
        {
            "id": f"{plan['code']}-{place}",
            "timezone": zone,
            "subscription": [{"plan": plan["code"], "start": start}],
        }
        for plan in unlike
        for place, (start, zone) in enumerate(
            [(date(2020, 1, 10), "UTC"), (date(2020, 1, 25), "UTC"), (date(2026, 2, 3), "Asia/Tokyo")]
        )
    ]
    products = {"fee": fee("31"), "gb": metered("gb", unit_amount="0.35"), "stored": PRODUCTS["stored"]}
    plans = [{"products": ["fee", "gb"], **plan} for plan in unlike]
    desk = open_desk(catalogue(products, plan={"products": ["fee"]}, plans=plans, more=who))
    names = [str(one["id"]) for one in who]
    at = ["2020-01-12T09:00:00Z", "2026-01-31T16:00:00Z", "2026-02-20T09:00:00Z"]
    desk.events(*((name, "gb", time, {"gb": 7 + k}) for k, name in enumerate(names) for time in at))
    together = simulated(desk, "2026-01-01..2026-05-01", text="").rows
    alone = [only(simulated(desk, "2026-01-01..2026-05-01", text="", customers=(name,))) for name in names]
    assert [row for row in together if row.customer in names] == sorted(alone, key=lambda row: row.customer)
    assert len({row.before for row in alone}) > len(unlike)


def test_a_file_that_changes_nothing_makes_no_difference(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    desk.events(("acme", "gb", "2026-02-03T00:00:00Z", {"gb": 7}))
    row = only(simulated(desk, text=TEXT))
    assert row.before == row.after == invoiced(desk, "2026-01-01..2026-07-01")
    assert row.outcome == "same"


def test_a_file_moves_those_on_the_plans_that_it_changes(open_desk: OpenDesk) -> None:
    plans = [{"code": "other", "products": ["calls"]}]
    customers = [{"id": "else", "subscription": [{"plan": "other", "start": date(2026, 1, 1)}]}]
    desk = open_desk(
        catalogue({"calls": metered("calls", unit_amount="1"), "fee": fee("10")}, plans=plans, more=customers)
    )
    desk.events(
        ("acme", "calls", "2026-01-05T00:00:00Z"),
        ("else", "calls", "2026-02-05T00:00:00Z"),
        ("else", "gb", "2026-02-06T00:00:00Z", {"gb": "2.5"}),
    )
    other_fee = """
        product = [{ code = "fee", fee = "recurring", timing = "advance", price = { unit_amount = "11" } }]
        """
    rows = simulated(desk, "2026-01-01..2026-03-01", text=other_fee).rows
    assert [(r.customer, str(r.before), str(r.after), r.plan_after) for r in rows] == [
        ("acme", "21.00", "23.00", "pro@2"),
        ("else", "1.00", "1.00", "other@1"),
    ]
    new_metric = """
        metric = [{ code = "size", event = "gb", aggregation = "sum", property = "gb" }]
        product = [{ code = "size", metric = "size", price = { unit_amount = "2" } }]
        plan = [{ code = "other", currency = "USD", products = ["size"] }]
        """
    row = simulated(desk, "2026-01-01..2026-03-01", text=new_metric, customers=("else",)).rows[0]
    assert (str(row.before), str(row.after), str(row.percent)) == ("1.00", "5.00", "400")
    assert row.difference == 4


def test_nothing_stored_changes(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    before = desk.workspace.export_catalogue(), desk.workspace.fingerprint()
    changed = 'product = [{ code = "gb", metric = "gb", price = { unit_amount = "9" } }]'
    simulated(desk, text=changed)
    assert (desk.workspace.export_catalogue(), desk.workspace.fingerprint()) == before
    assert not desk.workspace.invoices()


def test_growth_scales_usage_before_it_is_rounded(open_desk: OpenDesk) -> None:
    metrics = [
        {"code": "gb", "aggregation": "sum", "property": "gb", "rounding": {"mode": "ceil", "digits": 0}}
    ]
    products = {
        "gb": metered("gb", unit_amount="1"),
        "cut": metered("gb", model="percentage", rate_percent="10"),
    }
    desk = open_desk(catalogue(products, metrics=metrics, plans=[{"code": "half", "products": ["cut"]}]))
    desk.events(("acme", "gb", "2026-01-05T00:00:00Z", {"gb": "2.1"}))
    row = only(simulated(desk, "2026-01-01..2026-02-01", plan="half", growth=Decimal(50)))
    assert (str(row.before), str(row.after)) == ("4.32", "0.32")  # ceil(3.15) + 10 % of 3.15; 10 % of 3.15
    with pytest.raises(InvalidInput, match="cannot grow by -101"):
        simulated(desk, plan="half", growth=Decimal(-101))


def test_periods_are_compared_over_the_days_that_both_sides_cover(open_desk: OpenDesk) -> None:
    products = {"calls": metered("calls", unit_amount="1"), "fee": fee("10"), "year": fee("300")}
    plans = [{"code": "quarterly", "products": ["year"], "interval": "quarter"}]
    desk = open_desk(catalogue(products, plan={"products": ["calls", "fee"]}, plans=plans))
    row = only(simulated(desk, "2026-02-01..2026-11-01", plan="quarterly"))
    assert row.days == parse_period("2026-04-01..2026-10-01")
    assert (str(row.before), str(row.after)) == ("60.00", "600.00")
    (unlike,) = simulated(desk, "2026-01-01..2026-03-01", plan="quarterly").rows
    assert unlike.problem == "its billing periods before and after share no days to compare"
    assert (unlike.before, unlike.after, unlike.outcome) == (None, None, "unknown")


def test_another_plan_keeps_the_days_on_which_the_customer_is_billed(open_desk: OpenDesk) -> None:
    plans = [{"code": "dear", "products": ["fee"], "billing": "anniversary"}]
    desk = open_desk(
        catalogue(
            {"fee": fee("10")},
            plan={"billing": "anniversary"},
            subscription={"start": date(2026, 1, 15)},
            plans=[{**plans[0], "billing": "calendar"}],
        )
    )
    row = only(simulated(desk, "2026-01-01..2026-07-01", plan="dear"))
    assert row.days == parse_period("2026-01-15..2026-06-15")
    assert row.before == row.after == 50


def test_what_cannot_be_compared_says_so_for_its_customer(open_desk: OpenDesk) -> None:
    products = {"calls": metered("calls", unit_amount="1")}
    euro = {"code": "euro", "products": ["calls"], "currency": "EUR"}
    twice = [
        {"id": "one", "plan": "pro", "start": date(2026, 1, 1)},
        {"id": "two", "plan": "gb", "start": date(2026, 1, 1)},
    ]
    desk = open_desk(
        catalogue(
            {**products, "gb": metered("gb", unit_amount="1")},
            plan={"products": ["calls"]},
            plans=[euro, {"code": "gb", "products": ["gb"]}],
            more=[{"id": "both", "subscription": twice}],
        )
    )
    found = {row.customer: row for row in simulated(desk, plan="euro").rows}
    assert "euro@1 is in EUR, the customer 'acme' pays in USD" in found["acme"].problem
    found = {row.customer: row for row in simulated(desk, plan="gb").rows}
    assert not found["acme"].problem
    assert "both price the metric 'gb'" in found["both"].problem


def test_totals_count_winners_and_losers_and_spread_the_differences(open_desk: OpenDesk) -> None:
    more = [{"id": f"c{k}", "subscription": [{"plan": "pro", "start": date(2026, 1, 1)}]} for k in range(3)]
    desk = open_desk(
        catalogue(
            {"calls": metered("calls", unit_amount="1"), "flat": fee("2", "arrears")},
            plan={"products": ["calls"]},
            plans=[{"code": "flat", "products": ["flat"]}],
            more=more,
        )
    )
    calls = [("c0", 1), ("c1", 2), ("c2", 8)]
    desk.events(
        *((who, "calls", f"2026-01-0{n}T00:00:00Z") for who, count in calls for n in range(1, count + 1))
    )
    found = simulated(desk, "2026-01-01..2026-02-01", plan="flat")
    (total,) = found.totals
    assert (str(total.before), str(total.after), str(total.difference)) == ("11.00", "8.00", "-3.00")
    assert (total.less, total.more, total.same, total.unknown) == (1, 2, 1, 0)
    assert [(b.label, b.customers, str(b.difference)) for b in found.distribution] == [
        ("-100 to -50 %", 1, "-6.00"),
        ("0", 1, "0.00"),
        ("+50 to +100 %", 1, "1.00"),
        ("from nothing", 1, "2.00"),
    ]


def test_a_wrong_call_says_what_to_give(open_desk: OpenDesk) -> None:
    desk = open_desk(TEXT)
    with pytest.raises(WrongCall, match="give one of --plan and --catalog"):
        simulated(desk)
    with pytest.raises(NotFound, match="did you mean 'other'"):
        simulated(desk, plan="othr")
    with pytest.raises(NotFound, match="there is no plan version 'pro@7'; known: pro@1"):
        simulated(desk, plan="pro@7")
    with pytest.raises(NotFound, match="there is no customer 'nobody'"):
        simulated(desk, plan="pro", customers=("nobody",))
