from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from tests.domain.pricing.prices import Table, price_tables
from usagebill_tui.domain.price import Modifiers, Price
from usagebill_tui.domain.pricing import MODELS, parameters, price_from_table, price_table
from usagebill_tui.domain.pricing.tiered import Tiered
from usagebill_tui.domain.pricing.tiers import Tier, TierParameters
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import builtin_registry


def read(table: Table) -> Any:
    price = price_from_table(table)
    return parameters(price, builtin_registry().pricing_model(price.model))


def tiered(*tiers: Table) -> Table:
    return {"model": "tiered", "tiers": list(tiers)}


def test_a_flat_table_is_split() -> None:
    price = price_from_table({"unit_amount": Decimal("0.50"), "free_units": 5, "discount_percent": "10"})
    assert price == Price(
        model="per_unit",
        params={"unit_amount": "0.5"},
        modifiers=Modifiers(free_units=Decimal(5), discount_percent=Decimal(10)),
    )
    assert price_table(price) == {
        "model": "per_unit",
        "unit_amount": "0.5",
        "free_units": "5",
        "discount_percent": "10",
    }


def test_a_price_outlives_its_model() -> None:
    table = {"model": "lunar", "phase": ["new", {"depth": Decimal("1E+3")}], "bright": True, "none": None}
    written = {"model": "lunar", "phase": ["new", {"depth": "1000"}], "bright": True, "none": None}
    assert price_table(price_from_table(table)) == written


@pytest.mark.parametrize("number", [1000, "1000", "1e3", Decimal("1E+3"), " 1000.0 "])
def test_numbers_may_be_written_in_any_exact_way(number: Any) -> None:
    table = tiered({"up_to": number, "unit_amount": "0"}, {"unit_amount": "0.000015"})
    expected = (Tier(up_to=Decimal(1000)), Tier(unit_amount=Decimal("0.000015")))
    assert read(table) == TierParameters(tiers=expected)


@settings(max_examples=80, deadline=None)
@given(table=price_tables())
def test_round_trip(table: Table) -> None:
    price = price_from_table(table)
    again = price_from_table(price_table(price))
    assert again == price
    model = builtin_registry().pricing_model(price.model)
    assert parameters(again, model) == parameters(Price(model=price.model, params=_params(table)), model)


def _params(table: Table) -> Table:
    return {key: value for key, value in table.items() if key not in {"model", *Modifiers.__struct_fields__}}


@pytest.mark.parametrize(
    "value",
    [
        *[0.1, True, None, [], {}, 10**500, "9" * 500],
        *["NaN", "Infinity", "-inf", "", "x", "1_000", "１２", "0x10", "1,5"],
        *["1e999999", "1e-999999", "1e-41", "-0.01"],
        *[Decimal("NaN"), Decimal("-Infinity"), Decimal("1e999999")],
    ],
)
def test_what_is_no_exact_price_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^tiers\[1\]\.unit_amount: ") as refused:
        read(tiered({"up_to": 5}, {"unit_amount": value}))
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("key", Modifiers.__struct_fields__)
@pytest.mark.parametrize("value", [0.1, False, "NaN", "x", "1e999999", -1])
def test_modifiers_are_held_to_the_same(key: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"^{key}: "):
        price_from_table({"unit_amount": 1, key: value})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "unit_amount: missing"),
        (
            {"unit_amount": 0.1},
            "unit_amount: a binary float is not exact; write the number as text, such as '0.1'",
        ),
        ({"unit_amout": 1}, "unit_amout: unknown key; did you mean 'unit_amount'?"),
        ({"unit_amount": 1, "free_unit": 1}, "free_unit: unknown key; did you mean 'free_units'?"),
        ({"unit_amount": 1, "discount_percent": "100.1"}, "discount_percent: must not be above 100"),
        ({"model": ""}, "model: '' is not the name of a pricing model"),
        (
            tiered({"up_to": 5}, {"upto": 7}, {}),
            "tiers[1].upto: unknown key; did you mean 'up_to'?",
        ),
        (tiered(), "tiers: there are none; a price needs at least one tier"),
        ({"model": "volume"}, "tiers: missing"),
        ({"model": "tiered", "tiers": "5"}, "tiers: must be a list; write it like [ … ]"),
        ({"model": "tiered", "tiers": [5]}, "tiers[0]: must be a table; write it like { key = value }"),
        (tiered({"up_to": "x"}, {}), "tiers[0].up_to: 'x' is not a number; write it like 12.50"),
        (tiered({"up_to": 0}, {}), "tiers[0].up_to: must be above 0, not 0"),
        (tiered({"up_to": 5}, {}, {}), "tiers[1].up_to: missing; only the last tier is open"),
        (tiered({"up_to": None}, {}), "tiers[0].up_to: missing; only the last tier is open"),
        (
            tiered({"up_to": 1000}, {"up_to": 1000}, {}),
            (
                "tiers[1].up_to: tier 2 ends at 1,000, not above the bound of tier 1 (1,000); "
                "bounds must rise from tier to tier"
            ),
        ),
        (
            tiered({"up_to": 10}, {"up_to": 5}),
            (
                "tiers[1].up_to: tier 2 ends at 5, not above the bound of tier 1 (10); "
                "bounds must rise from tier to tier"
            ),
        ),
        (
            {**tiered({}), "zero_usage_flat": "first"},
            "zero_usage_flat: 'first' is not known; did you mean 'first_tier'?",
        ),
        (
            {"model": "package", "package_size": 0, "package_amount": 1},
            "package_size: must be above 0, not 0",
        ),
        (
            {"model": "percentage", "rate_percent": 1, "free_events": "1.5"},
            "free_events: 1.5 is not a whole number; leave out the part after the point",
        ),
        (
            {"model": "percentage", "rate_percent": 1, "min_per_event": 3, "max_per_event": 2},
            "min_per_event: 3 is above max_per_event (2); exchange them",
        ),
        (
            {"model": "dynamic", "amount_property": " "},
            "amount_property: empty; name the property that holds the amount",
        ),
        ({"model": "dynamic", "amount_property": ["a"]}, "amount_property: Expected `str`, got `array`"),
    ],
)
def test_errors_name_the_key_and_the_mend(table: Table, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(table)
    assert str(refused.value) == message


def test_tables_too_deep_are_refused() -> None:
    nested: Any = 1
    for _ in range(800):
        nested = [nested]
    with pytest.raises(InvalidInput, match="too many tables"):
        price_from_table({"model": "lunar", "a": nested})


def test_parameters_made_in_code_are_checked_too() -> None:
    tiers: list[Table] = [{"up_to": Decimal(5), "unit_amount": Decimal("NaN")}, {}]
    with pytest.raises(InvalidInput, match=r"tiers\[0\]\.unit_amount"):
        parameters(Price(model="tiered", params={"tiers": tiers}), Tiered())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_parameter_is_declared_for_forms(model: Any) -> None:
    for field in declared_fields(inspect.type_info(model.parameters)):
        assert isinstance(field.type, inspect.Metadata), field.name
        described = field.type.extra_json_schema or {}
        assert described.get("title"), field.name
        assert described.get("description"), field.name


def declared_fields(struct: inspect.Type) -> list[inspect.Field]:
    if isinstance(struct, inspect.Metadata):
        return declared_fields(struct.type)
    if isinstance(struct, inspect.VarTupleType):
        return declared_fields(struct.item_type)
    if not isinstance(struct, inspect.StructType):
        return []
    return [*struct.fields, *(inner for field in struct.fields for inner in declared_fields(field.type))]


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=12))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        params = read({"unit_amount": text})
    except InvalidInput:
        return
    assert params.unit_amount.is_finite()
    assert params.unit_amount >= 0
