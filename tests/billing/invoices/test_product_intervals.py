"""Products with an interval of their own: their own period on the line, each billed once and in its place."""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, amounts, catalogue, fee, metered
from usagebill_tui.billing.invoices.due import Contract, DuePeriod, due_periods
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.billing.why import WhyRequest
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.plan import Plan, PlanVersion
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.product import Interval, Product
from usagebill_tui.errors import InvalidInput

CALLS = metered("calls", unit_amount="1")
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def every(interval: str, table: Table) -> Table:
    return {**table, "interval": interval}


def monthly_calls(desk: Desk) -> None:
    desk.events(*(("acme", "calls", f"2026-{month:02}-15T00:00:00Z") for month in range(1, 13)))


def billed(desk: Desk, *periods: str) -> list[Invoice]:
    return [one for period in periods for one in desk.workspace.bill(period, finalize=True).invoices]


def spans(invoice: Invoice) -> dict[str, tuple[str, str]]:
    """Return each line's days by its product."""
    return {
        line.product or line.kind: (f"{line.period.start:%Y-%m-%d}", f"{line.period.end:%Y-%m-%d}")
        for line in invoice.lines
    }


def test_a_yearly_fee_beside_monthly_usage_is_on_the_invoice_of_its_first_month(open_desk: OpenDesk) -> None:
    products = {"calls": CALLS, "yearly": every("year", fee("365"))}
    desk = open_desk(catalogue(products))
    monthly_calls(desk)
    january, february, again = billed(desk, "2026-01", "2026-02", "2027-01")
    assert amounts(january) == {"calls": "1.00", "yearly": "365.00"}
    assert spans(january) == {"calls": ("2026-01-01", "2026-02-01"), "yearly": ("2026-01-01", "2027-01-01")}
    assert amounts(february) == {"calls": "1.00"}
    assert spans(again)["yearly"] == ("2027-01-01", "2028-01-01")


def test_usage_by_the_quarter_is_on_the_invoice_of_its_last_month(open_desk: OpenDesk) -> None:
    products = {"calls": every("quarter", CALLS), "base": fee("10", "arrears")}
    desk = open_desk(catalogue(products, subscription={"start": date(2026, 1, 10)}))
    monthly_calls(desk)
    made = billed(desk, "2026-01", "2026-02", "2026-03")
    assert [amounts(one) for one in made] == [
        {"base": "7.10"},
        {"base": "10.00"},
        {"calls": "3.00", "base": "10.00"},
    ]
    assert spans(made[2])["calls"] == ("2026-01-10", "2026-04-01")


def test_months_of_usage_in_a_plan_by_the_year_come_alike_one_by_one_and_at_once(open_desk: OpenDesk) -> None:
    products = {"calls": every("month", CALLS), "fee": fee("365")}
    text = catalogue(products, plan={"interval": "year", "minimum_spend": "400"})
    slowly, at_once = open_desk(text), open_desk(text)
    for desk in (slowly, at_once):
        monthly_calls(desk)
    one_by_one = billed(slowly, *(f"2026-{month:02}" for month in range(1, 13)))
    together = billed(at_once, "2026")
    assert [amounts(one) for one in one_by_one] == [amounts(one) for one in together]
    assert len(together) == 12
    assert amounts(together[0]) == {"calls": "1.00", "fee": "365.00"}
    assert amounts(together[-1]) == {"calls": "1.00", "minimum": "23.00"}
    assert f"{together[1].period.start:%F}..{together[1].period.end:%F}" == "2026-02-01..2026-03-01"


def test_a_period_that_is_billed_again_makes_nothing_more(open_desk: OpenDesk) -> None:
    products = {"calls": every("quarter", CALLS), "yearly": every("year", fee("12")), "base": fee("1")}
    desk = open_desk(catalogue(products))
    assert len(billed(desk, "2026-Q1")) == 3
    assert billed(desk, "2026-Q1", "2026-02", "2026-01-15..2026-03-20") == []


def test_a_quarter_that_runs_is_neither_billed_nor_forgotten(open_desk: OpenDesk) -> None:
    products = {"calls": every("month", CALLS)}
    desk = open_desk(catalogue(products, plan={"interval": "year"}), now="2026-02-20T00:00:00Z")
    run = desk.workspace.bill("2026-02")
    assert (run.invoices, run.unfinished) == ((), ("acme-pro",))
    assert desk.workspace.bill("2026-01").unfinished == ()


def test_late_events_reach_the_invoice_that_counted_the_whole_quarter(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"calls": every("quarter", CALLS), "base": fee("10")}))
    monthly_calls(desk)
    made = billed(desk, "2026-Q1")
    assert desk.workspace.adjustment_proposals() == []
    desk.events(("acme", "calls", "2026-01-20T12:00:00Z"))
    assert [(p.invoice.id, str(p.rest.net)) for p in desk.workspace.adjustment_proposals()] == [
        (made[2].id, "1.00")
    ]


def test_why_prices_the_usage_in_its_own_period(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue({"calls": every("quarter", CALLS), "base": fee("10")}))
    monthly_calls(desk)
    billed(desk, "2026-Q1")
    answer = desk.workspace.why(
        WhyRequest(customer="acme", metric="calls", first="2026-02-01", last="2026-03-01")
    )
    (charge,) = answer.charges
    assert (str(charge.amount), charge.events) == ("3.00", 3)
    assert charge.invoice is not None
    assert charge.invoice.id == "acme-pro_2026-03-01"


def test_current_usage_is_that_of_the_running_quarter(open_desk: OpenDesk) -> None:
    desk = open_desk(
        catalogue({"calls": every("quarter", CALLS), "base": fee("10")}), now="2026-06-10T00:00:00Z"
    )
    monthly_calls(desk)
    usage = {row.metric: row for row in desk.workspace.usage(UsageRequest(customers=("acme",)))}
    assert (usage["calls"].events, usage["calls"].start.date()) == (3, date(2026, 4, 1))


@pytest.mark.parametrize(
    ("product", "where"),
    [
        ({**fee("5", kind="one_time"), "interval": "year"}, "interval"),
        ({**fee("5"), "interval": "fortnight"}, "interval"),
    ],
)
def test_what_cannot_have_an_interval_is_refused_by_name(
    open_desk: OpenDesk, product: Table, where: str
) -> None:
    with pytest.raises(InvalidInput, match=where):
        open_desk(catalogue({"odd": product}))


INTERVALS = ("week", "month", "quarter", "half_year", "year")


def contract(plan: Interval, own: Interval, timing: Any, billing: Any, start: date, end: date) -> Contract:
    price = Price(model="per_unit", params={"unit_amount": "1"})
    sold = Product(code="fee", fee="recurring", timing=timing, interval=own, price=price)
    terms = Plan(code="pro", currency="USD", interval=plan, billing=billing, products=("fee",))
    one = Subscription(id="s", customer="c", plan="pro", version=1, start=start, end=end)
    return Contract(one, Customer(id="c"), PlanVersion(version=1, plan=terms, products=(sold,)))


@settings(max_examples=60, deadline=None)
@given(
    plan=st.sampled_from(INTERVALS),
    own=st.sampled_from(INTERVALS),
    timing=st.sampled_from(["advance", "arrears"]),
    billing=st.sampled_from(["calendar", "anniversary"]),
    start=st.dates(date(2024, 1, 1), date(2025, 6, 30)),
    lasted=st.integers(1, 900),
    cuts=st.lists(st.dates(date(2024, 1, 1), date(2028, 12, 31)), max_size=5),
)
def test_every_day_is_billed_by_one_portion_however_the_ranges_are_cut(
    plan: Interval, own: Interval, timing: str, billing: str, start: date, lasted: int, cuts: list[date]
) -> None:
    bound = contract(plan, own, timing, billing, start, date.fromordinal(start.toordinal() + lasted))
    edges = sorted({date(2023, 12, 31), *cuts, date(2029, 1, 1)})
    found: list[Days] = []
    for first, after in pairwise(edges):
        for due in due_periods(bound, Days(first, after), NOW):
            found += [one.due.active for one in due.portions()]
            _each_bundle_bills_it_once(due)
    found.sort()
    assert found[0].first == start
    assert found[-1].after == bound.subscription.end
    assert all(one.after == other.first for one, other in pairwise(found))


def _each_bundle_bills_it_once(due: DuePeriod) -> None:
    for bundle in due.bundles():
        codes = [item.product for item in bundle]
        assert len(codes) == len(set(codes))


def test_two_periods_of_a_product_that_end_in_one_week_are_on_two_invoices(open_desk: OpenDesk) -> None:
    products = {"base": every("month", fee("31", "arrears"))}
    until = {"start": date(2026, 5, 1), "end": date(2026, 7, 3)}
    desk = open_desk(catalogue(products, plan={"interval": "week"}, subscription=until))
    made = billed(desk, "2026-06-15..2026-07-15")
    assert [amounts(one) for one in made] == [{"base": "31.00"}, {"base": "2.00"}]
    june, july = ("2026-06-01", "2026-07-01"), ("2026-07-01", "2026-07-03")
    assert [spans(one)["base"] for one in made] == [june, july]
    assert billed(desk, "2026-06-15..2026-07-15") == []
