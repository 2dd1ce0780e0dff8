"""Which periods a run bills: every one once, however the days are cut into runs."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.billing.invoices.due import Contract, current_period, due_periods, unfinished
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.plan import Billing, Plan, PlanVersion
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.product import Fee, Interval, Product, Timing
from usagebill_tui.store.ledger import CLOSING, Item

NOW = datetime(2040, 1, 1, tzinfo=UTC)
Kind = tuple[Fee, Timing]
KINDS: tuple[Kind, ...] = (
    ("metered", "arrears"),
    ("recurring", "advance"),
    ("recurring", "arrears"),
    ("one_time", "advance"),
    ("one_time", "arrears"),
)


def bound(
    interval: Interval = "month",
    billing: Billing = "calendar",
    start: date = date(2026, 1, 1),
    end: date | None = None,
    *,
    kinds: Sequence[Kind] = KINDS,
    zone: str = "UTC",
    minimum: Decimal | None = None,
) -> Contract:
    products = tuple(
        Product(code=f"{fee} {timing}", fee=fee, timing=timing, price=Price(model="per_unit"))
        for fee, timing in kinds
    )
    plan = Plan(code="pro", currency="USD", interval=interval, billing=billing, minimum_spend=minimum)
    return Contract(
        Subscription(id="s", customer="acme", plan="pro", version=1, start=start, end=end),
        Customer(id="acme", timezone=zone),
        PlanVersion(version=1, plan=plan, products=products),
    )


def items(contract: Contract, first: date, after: date, now: datetime = NOW) -> list[Item]:
    return [item for due in due_periods(contract, Days(first, after), now) for item in due.items()]


def spans(contract: Contract, first: date, after: date, now: datetime = NOW) -> list[tuple[str, str]]:
    """Return the active days of the periods that close."""
    periods = due_periods(contract, Days(first, after), now)
    return [(str(due.active.first), str(due.active.after)) for due in periods if due.closes]


days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
contracts = st.builds(
    bound,
    st.sampled_from(["week", "month", "quarter", "half_year", "year"]),
    st.sampled_from(["calendar", "anniversary"]),
    days,
    st.none() | st.dates(date(2029, 1, 1), date(2030, 1, 1)),
    minimum=st.sampled_from([None, Decimal(10)]),
)


@settings(max_examples=80)
@given(contracts, st.lists(days, min_size=2, max_size=8, unique=True), st.data())
def test_consecutive_runs_bill_what_one_run_bills(
    contract: Contract, cuts: list[date], data: st.DataObject
) -> None:
    edges = sorted(cuts)
    now = data.draw(st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1))).replace(tzinfo=UTC)  # noqa: DTZ001 - Hypothesis wants bounds without a zone
    apart = [item for first, after in pairwise(edges) for item in items(contract, first, after, now)]
    assert Counter(apart) == Counter(items(contract, edges[0], edges[-1], now))
    assert max(Counter(apart).values(), default=1) == 1


@settings(max_examples=100)
@given(contracts)
def test_over_a_contracts_life_each_day_is_billed_once_by_every_recurring_product(
    contract: Contract,
) -> None:
    start, end = contract.subscription.start, date(2029, 1, 1)
    whole = items(contract, start - timedelta(400), end + timedelta(400))
    counts = Counter(item.product for item in whole)
    periods = list(due_periods(contract, Days(start, end + timedelta(400)), NOW))
    for one, following in pairwise(periods):
        assert one.active.after == following.active.first
    assert periods[0].active.first == start
    assert counts["metered arrears"] == counts["recurring arrears"]
    assert counts["recurring advance"] in {counts["recurring arrears"], counts["recurring arrears"] + 1}
    assert (counts["one_time advance"], counts["one_time arrears"]) == (1, 1)


@pytest.mark.parametrize(
    ("interval", "billing", "expected"),
    [
        ("week", "calendar", [("2026-01-31", "2026-02-02"), ("2026-02-02", "2026-02-09")]),
        ("week", "anniversary", [("2026-01-31", "2026-02-07"), ("2026-02-07", "2026-02-14")]),
        ("month", "calendar", [("2026-01-31", "2026-02-01"), ("2026-02-01", "2026-03-01")]),
        ("month", "anniversary", [("2026-01-31", "2026-02-28"), ("2026-02-28", "2026-03-31")]),
        ("quarter", "calendar", [("2026-01-31", "2026-04-01"), ("2026-04-01", "2026-07-01")]),
        ("quarter", "anniversary", [("2026-01-31", "2026-04-30"), ("2026-04-30", "2026-07-31")]),
        ("half_year", "calendar", [("2026-01-31", "2026-07-01"), ("2026-07-01", "2027-01-01")]),
        ("half_year", "anniversary", [("2026-01-31", "2026-07-31"), ("2026-07-31", "2027-01-31")]),
        ("year", "calendar", [("2026-01-31", "2027-01-01"), ("2027-01-01", "2028-01-01")]),
        ("year", "anniversary", [("2026-01-31", "2027-01-31"), ("2027-01-31", "2028-01-31")]),
    ],
)
def test_a_start_mid_period_clips_the_first_period(
    interval: Interval, billing: Billing, expected: list[tuple[str, str]]
) -> None:
    contract = bound(interval, billing, date(2026, 1, 31))
    assert spans(contract, date(2026, 1, 1), date(2030, 1, 1))[:2] == expected


def test_the_last_period_is_billed_where_the_subscription_ends() -> None:
    contract = bound(end=date(2026, 3, 10))
    assert spans(contract, date(2026, 3, 1), date(2026, 3, 10)) == [("2026-03-01", "2026-03-10")]
    assert spans(contract, date(2026, 3, 1), date(2026, 3, 9)) == []
    assert spans(contract, date(2026, 3, 10), date(2026, 5, 1)) == []


@pytest.mark.parametrize(
    ("first", "after", "expected"),
    [
        (date(2026, 2, 1), date(2026, 3, 1), [("2026-02-01", "2026-03-01")]),
        (date(2026, 2, 1), date(2026, 2, 28), []),
        (date(2026, 1, 31), date(2026, 2, 1), [("2026-01-01", "2026-02-01")]),
        (date(2026, 2, 28), date(2026, 3, 2), [("2026-02-01", "2026-03-01")]),
        (date(2025, 6, 1), date(2026, 1, 1), []),
    ],
)
def test_a_period_is_billed_in_the_days_that_its_end_is_in(
    first: date, after: date, expected: list[tuple[str, str]]
) -> None:
    assert spans(bound(), first, after) == expected


def test_a_period_ends_at_the_customers_midnight() -> None:
    contract = bound(zone="America/New_York")
    june = Days(date(2026, 6, 1), date(2026, 7, 1))
    before, at = datetime(2026, 7, 1, 3, 59, 59, tzinfo=UTC), datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert spans(contract, june.first, june.after, before) == []
    assert unfinished(contract, june, before)
    assert spans(contract, june.first, june.after, at) == [("2026-06-01", "2026-07-01")]
    assert not unfinished(contract, june, at)


def test_a_period_that_ends_beyond_the_days_is_not_unfinished() -> None:
    now = datetime(2026, 6, 10, tzinfo=UTC)
    assert not unfinished(bound(), Days(date(2026, 6, 1), date(2026, 6, 30)), now)
    assert unfinished(bound(start=date(2026, 7, 1)), Days(date(2026, 7, 1), date(2026, 8, 1)), now)
    assert not unfinished(bound(end=date(2026, 5, 1)), Days(date(2026, 6, 1), date(2026, 7, 1)), now)


def test_a_run_over_all_time_to_come_is_short() -> None:
    contract = bound("week")
    periods = list(due_periods(contract, Days(date(2026, 1, 1), date.max), datetime(2026, 2, 1, tzinfo=UTC)))
    assert [str(due.full.first) for due in periods][-1] == "2026-01-26"


def test_advance_is_due_when_its_period_has_started_and_arrears_when_it_has_ended() -> None:
    contract = bound(kinds=(("metered", "arrears"), ("recurring", "advance")))
    first, after = date(2026, 6, 1), date(2026, 7, 1)
    running = items(contract, first, after, datetime(2026, 6, 1, tzinfo=UTC))
    assert [item.product for item in running] == ["recurring advance"]
    assert items(contract, first, after, datetime(2026, 5, 31, 23, tzinfo=UTC)) == []
    ended = items(contract, first, after, datetime(2026, 7, 1, tzinfo=UTC))
    assert [item.product for item in ended] == ["metered arrears", "recurring advance"]


def test_the_first_advance_fee_is_due_where_the_subscription_starts() -> None:
    contract = bound(start=date(2026, 1, 20), kinds=(("recurring", "advance"),))
    assert items(contract, date(2026, 1, 1), date(2026, 1, 20)) == []
    due = items(contract, date(2026, 1, 20), date(2026, 1, 21))
    assert due == [Item("s", "recurring advance", date(2026, 1, 1))]


def test_only_minimum_or_maximum_spend_need_a_closing() -> None:
    kinds: tuple[Kind, ...] = (("one_time", "arrears"),)
    first, after = date(2026, 2, 1), date(2026, 4, 1)
    assert items(bound(kinds=kinds), first, after) == []
    closings = items(bound(kinds=kinds, minimum=Decimal(1)), first, after)
    assert [item.product for item in closings] == [CLOSING, CLOSING]


@pytest.mark.parametrize(
    ("at", "after"),
    [("2026-03-31T23:59:59Z", "2026-04-01"), ("2026-04-01T00:00:00Z", "2026-07-01")],
)
def test_the_current_period_is_the_one_that_holds_the_moment(at: str, after: str) -> None:
    current = current_period(bound("quarter"), datetime.fromisoformat(at))
    assert current is not None
    assert str(current.full.after) == after


def test_outside_a_subscription_there_is_no_current_period() -> None:
    contract = bound(end=date(2026, 2, 1))
    assert current_period(contract, datetime(2025, 12, 31, tzinfo=UTC)) is None
    assert current_period(contract, datetime(2026, 2, 1, tzinfo=UTC)) is None
    running = current_period(contract, datetime(2026, 1, 31, 23, tzinfo=UTC))
    assert running is not None
    assert str(running.active.after) == "2026-02-01"
