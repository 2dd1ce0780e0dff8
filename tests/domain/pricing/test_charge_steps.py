from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.pricing.prices import Table, charged, decimals, price_tables, tier_tables, told
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import (
    PricedEvent,
    PricingModel,
    Step,
    charge,
    charge_under,
    price_from_table,
    terms,
)
from usagebill_tui.domain.pricing.per_unit import PerUnit, PerUnitParameters
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.errors import InvalidInput

ONE: Table = {"unit_amount": 1}


@pytest.mark.parametrize(
    ("extra", "units", "steps", "top_up"),
    [
        ({"free_units": 10}, 25, "10 free units × 0 = 0; 15 units × 1 = 15", "0"),
        ({"free_units": 10}, 4, "4 free units × 0 = 0; 0 units × 1 = 0", "0"),
        ({"free_units": 10}, 0, "0 units × 1 = 0", "0"),
        ({"discount_percent": "12.5"}, 80, "80 units × 1 = 80; discount 12.5% = -10", "0"),
        ({"discount_percent": 100}, 80, "80 units × 1 = 80; discount 100% = -80", "0"),
        ({"maximum_amount": 50}, 80, "80 units × 1 = 80; maximum charge = -30", "0"),
        ({"maximum_amount": 80}, 80, "80 units × 1 = 80", "0"),
        ({"minimum_amount": 100}, 80, "80 units × 1 = 80; minimum charge = 20", "20"),
        ({"minimum_amount": 80}, 80, "80 units × 1 = 80", "0"),
        ({"minimum_amount": 5}, None, "0 units × 1 = 0; minimum charge = 5", "5"),
        (
            {"free_units": 20, "discount_percent": 50, "maximum_amount": 30, "minimum_amount": 31},
            100,
            (
                "20 free units × 0 = 0; 80 units × 1 = 80; discount 50% = -40; maximum charge = -10;"
                " minimum charge = 1"
            ),
            "1",
        ),
    ],
)
def test_modifiers_come_in_their_order(extra: Table, units: int | None, steps: str, top_up: str) -> None:
    result = charged({**ONE, **extra}, units)
    assert told(result) == steps
    assert result.top_up == Decimal(top_up)


def test_free_units_come_off_before_packages_are_counted() -> None:
    table = {"model": "package", "package_size": 10, "package_amount": 100, "free_units": 10}
    assert charged(table, 121).amount == 1200


@pytest.mark.parametrize(
    ("amount", "currency", "rounded", "last"),
    [
        ("1.005", "USD", "1.01", "rounding to 0.01 = 0.005"),
        ("1.0049", "USD", "1.00", "rounding to 0.01 = -0.0049"),
        ("2.5", "JPY", "3", "rounding to 1 = 0.5"),
        ("0.0005", "KWD", "0.001", "rounding to 0.001 = 0.0005"),
        ("1.5", "USD", "1.50", "1 unit × 1.5 = 1.5"),
    ],
)
def test_rounding_is_a_step_where_it_changes_something(
    amount: str, currency: str, rounded: str, last: str
) -> None:
    result = charged({"unit_amount": amount}, 1, currency)
    assert str(result.rounded) == rounded
    assert result.amount == Decimal(amount)
    assert told(result).split("; ")[-1] == last


@settings(max_examples=80, deadline=None)
@given(
    table=price_tables(), units=st.none() | decimals(5000), currency=st.sampled_from(["USD", "JPY", "KWD"])
)
def test_steps_add_up_to_the_charge(table: Table, units: Decimal | None, currency: str) -> None:
    result = charged(table, units, currency)
    with exact_arithmetic():
        assert sum(step.amount for step in result.steps) == result.rounded
        assert abs(result.rounded - result.amount) <= Decimal("0.5")
        for step in result.steps:
            if step.quantity is not None and step.unit_amount is not None:
                assert step.quantity * step.unit_amount == step.amount


@settings(max_examples=80, deadline=None)
@given(tiers=tier_tables(flat=False))
def test_tiered_is_continuous_at_its_bounds(tiers: list[Table]) -> None:
    table = {"model": "tiered", "tiers": tiers}
    step = Decimal("1e-18")
    for here, after in pairwise(tiers):
        at = charged(table, here["up_to"]).amount
        with exact_arithmetic():
            above, below = here["up_to"] + step, here["up_to"] - step
            assert charged(table, above).amount - at == step * after["unit_amount"]
            assert at - charged(table, below).amount == step * here["unit_amount"]


@settings(max_examples=80, deadline=None)
@given(tiers=tier_tables(), usages=st.tuples(decimals(2000, 3), decimals(2000, 3)))
def test_more_tiered_usage_never_costs_less(tiers: list[Table], usages: tuple[Decimal, Decimal]) -> None:
    table = {"model": "tiered", "tiers": tiers}
    less, more = sorted(usages)
    assert charged(table, less).amount <= charged(table, more).amount


@settings(max_examples=80, deadline=None)
@given(tiers=tier_tables(), units=decimals(2000, 3).filter(bool))
def test_volume_is_per_unit_of_one_tier(tiers: list[Table], units: Decimal) -> None:
    tier = next(each for each in tiers if each["up_to"] is None or units <= each["up_to"])
    single = charged({"unit_amount": tier["unit_amount"]}, units).amount
    with exact_arithmetic():
        assert charged({"model": "volume", "tiers": tiers}, units).amount == single + tier["flat_amount"]


@settings(max_examples=80, deadline=None)
@given(
    size=decimals(100, 3).filter(bool), number=st.integers(1, 10**6), rounding=st.sampled_from(["up", "down"])
)
def test_exact_multiples_of_a_package(size: Decimal, number: int, rounding: str) -> None:
    table = {"model": "package", "package_size": size, "package_amount": 1, "rounding": rounding}
    with exact_arithmetic():
        usage = size * number
        assert charged(table, usage).amount == number
        assert charged(table, usage + Decimal("1e-18")).amount == number + (rounding == "up")
        assert charged(table, usage - Decimal("1e-18")).amount == number - (rounding == "down")


def test_terms_are_checked_once_and_charge_alike() -> None:
    price = price_from_table({"unit_amount": "0.3", "minimum_amount": 1})
    agreed = terms(price, PerUnit(), "USD")
    for units in (Decimal(1), Decimal(10), None):
        assert charge_under(agreed, units) == charge(units, price, PerUnit(), "USD")


@pytest.mark.parametrize("units", ["1e40", "NaN", "Infinity", "1e-60"])
def test_units_out_of_reach_are_refused(units: str) -> None:
    with pytest.raises(InvalidInput, match="units: "):
        charged(ONE, units)


class Scripted(PricingModel):
    """A model of a plugin, returning or raising what a test says."""

    name = "scripted"
    title = "Scripted"
    parameters = PerUnitParameters

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Sequence[Step]:
        assert (units, params.unit_amount, len(events)) == (Decimal(7), Decimal(1), 0)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        result: Sequence[Step] = self.outcome
        return result


def scripted(outcome: Any) -> Any:
    return charge(Decimal(7), Price(model="scripted", params=ONE), Scripted(outcome), "USD")


@pytest.mark.parametrize(
    "outcome",
    [
        [],
        None,
        ["7"],
        [Step(description="x", amount=Decimal("NaN"))],
        [Step(description="x", amount=Decimal("Infinity"))],
        [Step(description="x", amount=0.1)],  # type: ignore[arg-type] # what an unchecked plugin may do
        [Step(description="x", amount=Decimal("1e400"))],
        [Step(description="x", quantity=Decimal("NaN"), amount=Decimal(1))],
        ZeroDivisionError("division by zero"),
        ValueError("no"),
        KeyError("tier"),
    ],
)
def test_a_failing_model_is_named(outcome: Any) -> None:
    with pytest.raises(InvalidInput, match="'scripted'"):
        scripted(outcome)


def test_quotients_of_a_model_still_add_up() -> None:
    with exact_arithmetic():
        thirds = [Step(description="third", amount=Decimal(share) / 3) for share in (1, 10, 10**9)]
    result = scripted(thirds)
    assert sum(Fraction(step.amount) for step in result.steps) == Fraction(result.rounded)
