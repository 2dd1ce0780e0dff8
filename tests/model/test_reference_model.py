from decimal import Decimal
from typing import Literal

import pytest

from tests.model.conditions import fulfils
from tests.model.events import keys_of
from tests.model.reference import ModelEvent, aggregate, properties, value_of
from usagebill_tui.domain.metric import Filter, Metric, Operator, Rounding, Scalar

Wanted = Scalar | tuple[Scalar, ...]


def event(at: int, name: str = "", source: str = "", **values: object) -> ModelEvent:
    return ModelEvent(at, source, name or f"e{at}", properties(values))


@pytest.mark.parametrize(
    ("op", "wanted", "present", "expected"),
    [
        ("eq", "us", "us", True),
        ("eq", "us", "eu", False),
        ("eq", 5, "5.0", True),
        ("eq", "5.0", 5, True),
        ("eq", "5.0", "5", True),
        ("eq", 5, "five", False),
        ("eq", True, True, True),
        ("eq", True, "true", True),
        ("eq", "true", True, True),
        ("eq", 1, True, False),
        ("ne", "us", "eu", True),
        ("ne", 5, "5.00", False),
        ("in", ("us", 7), "7.0", True),
        ("in", ("us", "eu"), "uk", False),
        ("not_in", ("us", "eu"), "uk", True),
        ("not_in", ("us", "eu"), "eu", False),
        ("contains", "gpt", "chat-gpt-4", True),
        ("contains", "GPT", "chat-gpt-4", False),
        ("contains", 5, 152, True),
        ("not_contains", "gpt", "claude", True),
        ("gt", 9, 10, True),
        ("gt", "9", 10, True),
        ("gt", "9", "10", True),
        ("gt", "9x", "10x", False),
        ("ge", Decimal("1.5"), "1.50", True),
        ("lt", Decimal("1.5"), Decimal("1.4"), True),
        ("le", "b", "a", True),
        ("lt", "Z", "a", False),
        ("exists", True, "x", True),
        ("exists", False, "x", False),
    ],
)
def test_conditions_on_a_present_property(
    op: Operator, wanted: Wanted, present: object, expected: Literal[True, False]
) -> None:
    condition = Filter(property="p", op=op, value=wanted)
    assert fulfils(condition, value_of(present)) is expected


@pytest.mark.parametrize(
    ("op", "wanted", "expected"),
    [
        ("eq", "us", False),
        ("ne", "us", True),
        ("in", ("us",), False),
        ("not_in", ("us",), True),
        ("contains", "us", False),
        ("not_contains", "us", True),
        ("gt", 0, False),
        ("ge", 0, False),
        ("lt", 0, False),
        ("le", 0, False),
        ("exists", True, False),
        ("exists", False, True),
    ],
)
def test_conditions_on_a_missing_property(
    op: Operator, wanted: Wanted, expected: Literal[True, False]
) -> None:
    assert fulfils(Filter(property="p", op=op, value=wanted), None) is expected


def test_an_exclusion_needs_every_one_of_its_properties() -> None:
    metric = Metric(code="m", aggregation="count", exclude=({"region": ("eu", "uk"), "tier": "free"},))
    events = [
        event(1, region="eu", tier="free"),
        event(2, region="uk", tier="free"),
        event(3, region="eu", tier="paid"),
        event(4, region="us", tier="free"),
        event(5, tier="free"),
    ]
    assert aggregate(metric, events, 0, 9) == {(): (Decimal(3), 3, 0)}


def test_the_period_takes_its_start_and_leaves_its_end() -> None:
    metric = Metric(code="m", aggregation="count")
    events = [event(at) for at in (9, 10, 19, 20)]
    assert aggregate(metric, events, 10, 20) == {(): (Decimal(2), 2, 0)}


def test_events_without_a_usable_property_are_left_out_and_counted() -> None:
    metric = Metric(code="m", aggregation="sum", property="n")
    events = [event(1, n="1.5"), event(2, n="x"), event(3, n=None), event(4), event(5, n=True), event(6, n=2)]
    assert aggregate(metric, events, 0, 9) == {(): (Decimal("3.5"), 2, 4)}


def test_unique_count_takes_any_value_that_is_there() -> None:
    metric = Metric(code="m", aggregation="unique_count", property="n")
    events = [event(1, n=1), event(2, n="1"), event(3, n="1.0"), event(4, n=True), event(5)]
    assert aggregate(metric, events, 0, 9) == {(): (Decimal(3), 4, 1)}


@pytest.mark.parametrize(
    ("aggregation", "units"), [("sum", 7), ("unique_count", 2), ("count", 1), ("max", 4)]
)
def test_a_recurring_metric_carries_sums_and_sets(aggregation: str, units: int) -> None:
    metric = Metric(code="m", aggregation=aggregation, property="n", recurring=True)
    carried = aggregate(metric, [event(1, n=3), event(11, n=4), event(20, n=9)], 10, 20)
    assert carried[()][0] == units


def test_order_is_time_then_source_then_id() -> None:
    metric = Metric(code="m", aggregation="latest", property="n")
    events = [
        event(5, "b", "a", n=1),
        event(5, "a", "b", n=2),
        event(5, "b", "b", n=3),
        event(4, "z", "z", n=4),
    ]
    assert aggregate(metric, events, 0, 9)[()][0] == Decimal(3)


def test_groups_keep_missing_keys_apart() -> None:
    metric = Metric(code="m", aggregation="sum", property="usage.output")
    events = [
        event(1, usage={"output": 1}, region="us"),
        event(2, usage={"output": 2}),
        event(3, usage={"output": 3}, region=None),
        event(4, region="eu"),
    ]
    assert aggregate(metric, events, 0, 9, ["region"]) == {
        ("us",): (Decimal(1), 1, 0),
        (None,): (Decimal(5), 2, 0),
        ("eu",): (Decimal(0), 0, 1),
    }


def test_no_events_have_no_groups_but_one_total() -> None:
    metric = Metric(code="m", aggregation="average", property="n")
    assert aggregate(metric, [], 0, 9) == {(): (None, 0, 0)}
    assert aggregate(metric, [], 0, 9, ["region"]) == {}


@pytest.mark.parametrize(
    ("numbers", "average"),
    [((1, 1, 0), "0.666666666666666667"), ((-1, -1, 0), "-0.666666666666666667"), ((1, 2), "1.5")],
)
def test_an_average_is_rounded_away_from_zero(numbers: tuple[int, ...], average: str) -> None:
    metric = Metric(code="m", aggregation="average", property="n")
    events = [event(at, n=number) for at, number in enumerate(numbers)]
    assert aggregate(metric, events, 0, 9)[()][0] == Decimal(average)


def test_usage_is_rounded_after_aggregating() -> None:
    metric = Metric(code="m", aggregation="sum", property="n", rounding=Rounding(mode="ceil", digits=-1))
    assert aggregate(metric, [event(1, n="0.4"), event(2, n="0.4")], 0, 9)[()][0] == Decimal(10)


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ('"a.b".c', ("a.b", "c")),
        (r'a."q\"\\"', ("a", 'q"\\')),
        ('""', ("",)),
        ('"a"', ("a",)),
    ],
)
def test_paths(path: str, keys: tuple[str, ...]) -> None:
    assert keys_of(path) == keys
