"""Every line explains itself: its steps add up to its amount, whatever its price, days and currency."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract, DuePeriod, due_periods
from usagebill_tui.billing.invoices.rating import Rater
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.invoice import Line
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.plan import Plan, PlanVersion
from usagebill_tui.domain.price import Modifiers, Price
from usagebill_tui.domain.product import Product
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import Answer, Question
from usagebill_tui.plugin.registry import builtin_registry
from usagebill_tui.store.database import Database
from usagebill_tui.stores import Stores

D = Decimal
METRIC = Metric(code="gb", aggregation="sum", property="gb")


class Measured(ParquetEventStore):
    """Answers every question with the same quantity."""

    def __init__(self, units: Decimal) -> None:
        self.units = units

    def usage(self, question: Question) -> list[Answer]:
        return [
            Answer(key=window.key, group=(), units=self.units, events=1, left_out=0)
            for window in question.windows
        ]


class NoDatabase(Database):
    """Rating reads no database."""

    def __init__(self) -> None:
        pass


amounts = st.decimals(0, 1000, places=5)
maybe = st.none() | amounts
prices = st.builds(
    lambda model, params, modifiers: Price(model=model, params=params, modifiers=modifiers),
    st.just("per_unit"),
    st.builds(lambda amount: {"unit_amount": str(amount)}, amounts),
    st.builds(
        Modifiers,
        free_units=maybe,
        discount_percent=st.none() | st.decimals(0, 100, places=2),
        maximum_amount=maybe,
        minimum_amount=maybe,
    ),
)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    currency = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    fee = Price(model="per_unit", params={"unit_amount": str(draw(amounts)), "quantity": str(draw(amounts))})
    products = (
        Product(code="usage", metric="gb", price=draw(prices)),
        Product(code="fee", fee="recurring", timing="advance", price=fee),
        Product(code="setup", fee="one_time", price=fee),
    )
    plan = Plan(code="pro", currency=currency, trial_days=draw(st.integers(0, 40)))
    start = draw(st.dates(date(2026, 10, 1), date(2026, 10, 31)))
    end = draw(st.none() | st.dates(date(2026, 11, 1), date(2026, 12, 31)))
    return Contract(
        Subscription(id="s", customer="acme", plan="pro", version=1, start=start, end=end),
        Customer(id="acme", currency=currency),
        PlanVersion(version=1, plan=plan, products=products, metrics=(METRIC,)),
    )


def rated(contract: Contract, units: Decimal) -> Iterator[tuple[DuePeriod, Line]]:
    """Yield the lines of the contract's periods in the last quarter of 2026."""
    catalogue = Catalogue(
        customers={"acme": contract.customer},
        subscriptions={"s": contract.subscription},
        versions={("pro", 1): contract.version},
    )
    now = datetime(2027, 1, 1, tzinfo=UTC)
    house = House(Stores(NoDatabase(), lambda: Measured(units)), builtin_registry(), lambda: now, "ada")
    periods = list(due_periods(contract, Days(date(2026, 10, 1), date(2027, 1, 1)), now))
    for one in Rater(house, Accounts(catalogue), 1).rate([(due, due.portions()) for due in periods]):
        for line in one.lines:
            yield one.due, line


@settings(max_examples=80)
@given(contracts(), st.decimals(-1000, 100_000, places=6))
def test_the_steps_of_every_line_add_up_to_its_rounded_amount(contract: Contract, units: Decimal) -> None:
    digits = D(1).scaleb(-minor_digits(contract.customer.currency))
    for _, line in rated(contract, units):
        assert line.amount.as_tuple().exponent == digits.as_tuple().exponent
        assert sum((step.amount for step in line.steps), D(0)) == line.amount
        assert 1 <= len(line.steps) <= 6
        for step in line.steps:
            if step.quantity is not None and step.unit_amount is not None:
                assert Fraction(step.quantity) * Fraction(step.unit_amount) == Fraction(step.amount)


@settings(max_examples=80)
@given(contracts(), st.decimals(0, 100_000, places=6))
def test_a_fee_is_its_share_of_the_days_and_usage_is_whole(contract: Contract, units: Decimal) -> None:
    digits = D(1).scaleb(-minor_digits(contract.customer.currency))
    params = contract.version.product("fee").price.params
    whole = Fraction(D(params["unit_amount"])) * Fraction(D(params["quantity"]))
    for due, line in rated(contract, units):
        free_until = contract.charged_days.first
        charged = max(0, (due.active.after - max(due.active.first, free_until)).days)
        if line.product == "fee":
            exact = whole * charged / due.full.count
            scaled = exact / Fraction(digits)
            assert line.amount == int(scaled + Fraction(1, 2)) * digits
        elif line.product == "setup":
            once = (D(params["unit_amount"]) * D(params["quantity"])).quantize(digits, ROUND_HALF_UP)
            assert line.amount == (0 if contract.version.plan.trial_days else once)
        elif line.kind == "usage":
            assert line.units == (units if charged else None)


@settings(max_examples=100)
@given(contracts(), st.decimals(0, 1000, places=6))
def test_a_prices_minimum_is_a_line_of_its_own(contract: Contract, units: Decimal) -> None:
    digits = D(1).scaleb(-minor_digits(contract.customer.currency))
    least = contract.version.product("usage").price.modifiers.minimum_amount or D(0)
    periods: dict[Days, dict[str, Line]] = {}
    for due, line in rated(contract, units):
        if line.product == "usage":
            periods.setdefault(due.active, {})[line.kind] = line
    for days, lines in periods.items():
        total = sum((line.amount for line in lines.values()), D(0))
        if days.after <= contract.charged_days.first:
            assert (str(round(total)), set(lines)) == ("0", {"usage"})
            continue
        assert total >= least.quantize(digits, ROUND_HALF_UP)
        if "minimum" in lines:
            assert total == least.quantize(digits, ROUND_HALF_UP)
            assert (lines["minimum"].units, lines["minimum"].events) == (None, 0)
            assert lines["usage"].units == units
