"""Dialects: each choice changes what it says and nothing else."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.dialect import DIALECTS, Choices, Dialect, choices_of
from usagebill_tui.domain.pricing import charge_under, price_from_table, terms
from usagebill_tui.domain.pricing.charge import Charge
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.plugin.registry import builtin_registry

MODELS = builtin_registry().pricing_models
TIERS = [
    {"up_to": "10", "unit_amount": "0.333", "flat_amount": "5"},
    {"up_to": "20", "unit_amount": "0.111", "flat_amount": "3"},
    {"unit_amount": "0.055", "flat_amount": "1"},
]


def charged(table: dict[str, Any], units: str, choices: Choices) -> Charge:
    price = price_from_table(table)
    agreed = terms(price, MODELS[price.model], "USD", choices)
    found = charge_under(agreed, Decimal(units))
    with exact_arithmetic():
        assert sum((step.amount for step in found.steps), Decimal(0)) == found.rounded
    return found


def amount(model: str, units: str, choices: Choices, **more: Any) -> str:
    return str(charged({"model": model, "tiers": TIERS, **more}, units, choices).rounded)


@pytest.mark.parametrize("name", ["flexprice", "killbill", "meteroid"])
def test_usage_of_zero_pays_no_flat_amount_where_peers_say_so(name: str) -> None:
    for model in ("tiered", "volume"):
        assert amount(model, "0", Choices()) == "5.00"
        assert amount(model, "0", DIALECTS[name]) == "0.00"
        assert amount(model, "1", DIALECTS[name]) == amount(model, "1", Choices())


def test_what_a_price_says_itself_holds_in_any_dialect() -> None:
    assert amount("tiered", "0", Choices(), zero_usage_flat="none") == "0.00"
    assert amount("volume", "10", Choices(), bounds="lower_inclusive") == "4.11"
    assert amount("volume", "10", DIALECTS["stripe"], bounds="lower_inclusive") == "4.11"


@pytest.mark.parametrize(
    ("model", "units", "upper", "lower"),
    [
        ("volume", "9.999", "8.33", "8.33"),
        ("volume", "10", "8.33", "4.11"),
        ("volume", "20", "5.22", "2.10"),
        ("tiered", "10", "8.33", "11.33"),
        ("tiered", "10.001", "11.33", "11.33"),
        ("tiered", "20", "12.44", "13.44"),
    ],
)
def test_usage_at_a_bound_lies_in_the_next_tier_where_bounds_are_lower_inclusive(
    model: str, units: str, upper: str, lower: str
) -> None:
    assert amount(model, units, Choices()) == upper
    assert amount(model, units, Choices(bounds="lower_inclusive")) == lower


def test_each_tier_is_rounded_by_itself_and_a_step_says_so() -> None:
    tiers = [
        {"up_to": "1", "unit_amount": "0.005"},
        {"up_to": "2", "unit_amount": "0.005"},
        {"unit_amount": "1"},
    ]
    table = {"model": "tiered", "tiers": tiers}
    assert str(charged(table, "2", Choices()).rounded) == "0.01"
    found = charged(table, "2", DIALECTS["openmeter"])
    assert str(found.rounded) == "0.02"
    assert (found.steps[-1].description, str(found.steps[-1].amount)) == (
        "rounding each tier to 0.01",
        "0.010",
    )


def test_tiers_are_rounded_before_the_discount() -> None:
    tiers = [{"up_to": "1", "unit_amount": "0.005"}, {"unit_amount": "0.005"}]
    table = {"model": "tiered", "tiers": tiers, "discount_percent": "50"}
    assert str(charged(table, "2", DIALECTS["stripe"]).rounded) == "0.01"


@given(
    units=st.decimals(0, 40, places=3),
    model=st.sampled_from(["tiered", "volume"]),
    bounds=st.sampled_from(["upper_inclusive", "lower_inclusive"]),
    zero=st.sampled_from(["first_tier", "none"]),
)
def test_off_the_bounds_and_zero_only_rounding_differs(
    units: Decimal, model: str, bounds: Any, zero: Any
) -> None:
    choices = Choices(zero_usage_flat=zero, bounds=bounds)
    if units not in {0, 10, 20}:
        assert amount(model, str(units), choices) == amount(model, str(units), Choices())
    by_tier = Decimal(amount(model, str(units), choices._replace(rounding="tier")))
    assert abs(by_tier - Decimal(amount(model, str(units), choices))) <= Decimal("0.02")


def test_a_model_without_tiers_is_alike_in_every_dialect() -> None:
    table = {"model": "per_unit", "unit_amount": "0.005"}
    for choices in (*DIALECTS.values(), Choices("none", "tier", "lower_inclusive")):
        assert str(charged(table, "1", choices).rounded) == "0.01"


def test_single_choices_go_before_the_dialects() -> None:
    mixed = Dialect(name="openmeter", rounding="line", bounds="lower_inclusive")
    assert mixed.choices == Choices(bounds="lower_inclusive")
    assert str(mixed) == "openmeter, rounding line, bounds lower_inclusive"
    assert choices_of(None) == Choices() == DIALECTS["usagebill"]
