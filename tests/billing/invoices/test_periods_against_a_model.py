"""Fees of hard days (29th to 31st, leap years, changes of clocks) against a model that walks day by day."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.billing.invoices.test_line_steps import Measured, NoDatabase
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract, due_periods
from usagebill_tui.billing.invoices.rating import Rater
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.plan import Billing, Plan, PlanVersion
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.product import Interval, Product
from usagebill_tui.plugin.registry import builtin_registry
from usagebill_tui.stores import Stores

DAY = timedelta(days=1)
MONTHS: dict[Interval, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
INTERVALS: list[Interval] = ["week", *MONTHS]
BILLINGS: list[Billing] = ["calendar", "anniversary"]
ZONES = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Pacific/Chatham"]
HORIZON = date(2029, 3, 1)
Fee = tuple[datetime, datetime, Fraction]
"""From, until, amount."""


def cuts(day: date, interval: Interval, anchor: date | None) -> bool:
    """Tell whether a period begins on a day."""
    if interval == "week":
        return day.weekday() == (0 if anchor is None else anchor.weekday())
    first = anchor or date(2000, 1, 1)
    months = (day.year - first.year) * 12 + day.month - first.month
    return months % MONTHS[interval] == 0 and day.day == min(first.day, monthrange(day.year, day.month)[1])


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a day: of the quarters of an hour around, the first that shows its date."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=26)
    while at.astimezone(zone).date() < day:
        at += timedelta(minutes=15)
    return at


def expected(
    fee: Fraction, interval: Interval, anchor: date | None, days: Days, trial: int, zone: ZoneInfo
) -> Iterator[Fee]:
    """Walk from day to day; where a period ends, say what its active days after the trial come to."""
    day = days.first
    while not cuts(day, interval, anchor):
        day -= DAY
    whole = active = charged = 0
    first: date | None = None
    last = min(days.after, HORIZON)
    while day < last or (whole and not cuts(day, interval, anchor)):
        if day in days:
            first = first or day
            active += 1
            charged += day >= days.first + timedelta(days=trial)
            end = day + DAY
        whole += 1
        day += DAY
        if cuts(day, interval, anchor):
            if first is not None and end < HORIZON:
                exact = fee * charged / whole * 100
                start = max(first, min(end, days.first + timedelta(days=trial))) if charged else first
                yield midnight(start, zone), midnight(end, zone), Fraction(int(exact + Fraction(1, 2)), 100)
            whole = active = charged = 0
            first = None


def billed(fee: str, interval: Interval, billing: Billing, days: Days, trial: int, zone: str) -> list[Fee]:
    price = Price(model="per_unit", params={"unit_amount": fee})
    product = Product(code="fee", fee="recurring", timing="arrears", price=price)
    plan = Plan(code="pro", currency="USD", interval=interval, billing=billing, trial_days=trial)
    end = days.after if days.after < HORIZON else None
    contract = Contract(
        Subscription(id="s", customer="acme", plan="pro", version=1, start=days.first, end=end),
        Customer(id="acme", timezone=zone),
        PlanVersion(version=1, plan=plan, products=(product,)),
    )
    catalogue = Catalogue(
        customers={"acme": contract.customer},
        subscriptions={"s": contract.subscription},
        versions={("pro", 1): contract.version},
    )
    now = datetime(2040, 1, 1, tzinfo=UTC)
    house = House(Stores(NoDatabase(), lambda: Measured(Decimal(0))), builtin_registry(), lambda: now, "ada")
    periods = [one for one in due_periods(contract, Days(date(2023, 1, 1), HORIZON - DAY), now) if one.closes]
    rated = Rater(house, Accounts(catalogue), 1).rate([(one, one.portions()) for one in periods])
    return [
        (line.period.start, line.period.end, Fraction(line.amount)) for one in rated for line in one.lines
    ]


hard = st.sampled_from([date(2024, 2, 29), date(2023, 12, 31), date(2024, 1, 31), date(2024, 3, 30)])
starts = hard | st.dates(date(2023, 3, 1), date(2025, 12, 31))


@settings(max_examples=150, deadline=None)
@example("month", "anniversary", date(2024, 1, 31), 500, 0, "America/Sao_Paulo")
@example("year", "anniversary", date(2024, 2, 29), 1500, 20, "Asia/Beirut")
@example("week", "calendar", date(2024, 3, 30), 15, 9, "Europe/Berlin")
@given(
    st.sampled_from(INTERVALS),
    st.sampled_from(BILLINGS),
    starts,
    st.integers(1, 2200),
    st.integers(0, 45),
    st.sampled_from(ZONES),
)
def test_every_fee_is_that_of_the_days_walked(
    interval: Interval, billing: Billing, start: date, length: int, trial: int, zone: str
) -> None:
    days = Days(start, start + timedelta(days=length))
    anchor = start if billing == "anniversary" else None
    fees = list(expected(Fraction("97.31"), interval, anchor, days, trial, ZoneInfo(zone)))
    assert billed("97.31", interval, billing, days, trial, zone) == fees
