from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.pricing.prices import Table, charged, told
from usagebill_tui.domain.pricing import parameters, price_from_table
from usagebill_tui.domain.pricing.dynamic import Dynamic
from usagebill_tui.domain.pricing.percentage import Percentage
from usagebill_tui.errors import InvalidInput

LIMITED: Table = {"model": "percentage", "rate_percent": 1, "fixed_amount_per_event": "0.5"}


@pytest.mark.parametrize(
    ("extra", "events", "steps"),
    [
        ({}, ["100", "50"], "1% of 150 in 2 events = 1.5; fixed amount for 2 events × 0.5 = 1"),
        (
            {"free_events": 1},
            ["100", "50"],
            "100 free in 1 event = 0; 1% of 50 in 1 event = 0.5; fixed amount for 1 event × 0.5 = 0.5",
        ),
        (
            {"free_amount": 120},
            ["100", "50", "10"],
            "120 free in 2 events = 0; 1% of 40 in 2 events = 0.4; fixed amount for 2 events × 0.5 = 1",
        ),
        (
            {"free_amount": 100},
            ["100", "0"],
            "100 free in 1 event = 0; 1% of 0 in 1 event = 0; fixed amount for 1 event × 0.5 = 0.5",
        ),
        ({"free_amount": 150}, ["100", "50"], "150 free in 2 events = 0; 1% of 0 in 0 events = 0"),
        (
            {"free_events": 9, "free_amount": 100},
            ["100", "1"],
            "100 free in 1 event = 0; 1% of 1 in 1 event = 0.01; fixed amount for 1 event × 0.5 = 0.5",
        ),
        (
            {"free_events": 0},
            ["100"],
            "1% of 100 in 1 event = 1; fixed amount for 1 event × 0.5 = 0.5",
        ),
        (
            {"free_events": 1, "min_per_event": 2, "max_per_event": 3},
            ["0", "100", "1000", "200"],
            (
                "0 free in 1 event = 0; 1% of 1,300 in 3 events = 13; fixed amount for 3 events × 0.5 = 1.5;"
                " 1 event raised to 2 = 0.5; 1 event lowered to 3 = -7.5"
            ),
        ),
    ],
)
def test_percentage_walks_the_events(extra: Table, events: list[str], steps: str) -> None:
    assert told(charged({**LIMITED, **extra}, 1, events=events)) == steps


def test_a_negative_event_pays_nothing_and_uses_up_nothing() -> None:
    table = {**LIMITED, "free_events": 1, "free_amount": 100}
    with_refund = charged(table, 60, events=["-50", "80", "-1", "30"])
    assert with_refund.steps == charged(table, 110, events=["80", "30"]).steps
    assert with_refund.warnings == ("2 events of a negative amount: paying nothing and using up nothing",)


def test_events_are_explained_in_few_steps() -> None:
    table = {**LIMITED, "free_amount": 5, "min_per_event": "0.52", "max_per_event": 1}
    events = [str(place % 90) for place in range(1000)]
    assert len(charged(table, 1, events=events).steps) <= 6


@settings(max_examples=80, deadline=None)
@given(
    events=st.lists(st.integers(0, 300), max_size=8),
    free_events=st.none() | st.integers(0, 5),
    free_amount=st.none() | st.integers(0, 500),
    least=st.integers(0, 2),
    most=st.integers(2, 4),
)
def test_percentage_is_the_sum_over_single_events(
    events: list[int], free_events: int | None, free_amount: int | None, least: int, most: int
) -> None:
    expected, gone = Decimal(0), 0
    for place, amount in enumerate(events):
        limits = free_events is not None or free_amount is not None
        free = limits and (free_events is None or place < free_events)
        free = free and (free_amount is None or gone < free_amount)
        gone += amount
        paying = amount if not free else max(0, gone - free_amount) if free_amount is not None else 0
        if not free or paying:
            expected += min(max(Decimal(paying) / 100 + Decimal("0.5"), Decimal(least)), Decimal(most))
    table = {
        **LIMITED,
        "free_events": free_events,
        "free_amount": free_amount,
        "min_per_event": least,
        "max_per_event": most,
    }
    result = charged(table, sum(events), events=[str(amount) for amount in events])
    assert result.amount == expected


@pytest.mark.parametrize(
    ("unit", "currency", "amount"),
    [("major", "USD", "1800"), ("minor", "USD", "18"), ("minor", "JPY", "1800"), ("minor", "KWD", "1.8")],
)
def test_dynamic_adds_what_the_events_carry(unit: str, currency: str, amount: str) -> None:
    table = {"model": "dynamic", "amount_property": "cost", "amount_unit": unit, "multiplier": "1.5"}
    assert charged(table, None, currency, ["1000", "200", "-7"]).amount == Decimal(amount)


def test_dynamic_explains_itself() -> None:
    table = {"model": "dynamic", "amount_property": "cost", "amount_unit": "minor"}
    assert told(charged(table, None, events=["10.1", "901.9"])) == "912 carried by 2 events × 0.01 = 9.12"


@pytest.mark.parametrize("model", [LIMITED, {"model": "dynamic", "amount_property": "cost"}])
def test_units_without_their_events_are_refused(model: Table) -> None:
    with pytest.raises(InvalidInput, match="single events"):
        charged(model, 5)


@pytest.mark.parametrize("model", [LIMITED, {"model": "dynamic", "amount_property": "cost"}])
def test_free_units_are_refused_where_events_are_walked(model: Table) -> None:
    with pytest.raises(InvalidInput, match="free_units"):
        charged({**model, "free_units": 1}, 5, events=["5"])


def test_where_the_events_amounts_are() -> None:
    dynamic, percentage = Dynamic(), Percentage()
    named: Any = parameters(price_from_table({"model": "dynamic", "amount_property": "cost"}), dynamic)
    assert dynamic.event_property(named, "value") == "cost"
    rate = parameters(price_from_table({"model": "percentage", "rate_percent": 1}), percentage)
    assert percentage.event_property(rate, "value") == "value"
