"""Levels over time and percentiles in the store: extremes, carried levels, moments asked for."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.engines import every_event_store
from tests.eventstore.stores import Store, any_store, ask, deliver, event, question
from tests.model.reference import Group
from usagebill_tui.domain.aggregation import MeasuredPeriod
from usagebill_tui.domain.metric import Metric
from usagebill_tui.eventstore.types import Window

pytestmark = every_event_store

LARGEST = Decimal("99999999999999999999.999999999999999999")
LOWEST = LARGEST.copy_negate()
FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The first and last microseconds of the years 1 to 9999."""
LEVEL = Metric(code="m", aggregation="weighted_sum", property="n", recurring=True)
ACCOUNTS = ("a",)


@pytest.fixture(name="store")
def empty_store(tmp_path: Any) -> Store:
    return any_store(tmp_path)


def window(
    start: int, end: int, *, until: int | None = None, length: int | None = None, key: int = 0
) -> Window:
    period = MeasuredPeriod(start=start, until=end if until is None else until, length=length or end - start)
    return Window(key, ACCOUNTS, FIRST, end, period)


def levels(store: Store, *windows: Window, **changes: Any) -> dict[tuple[int, Group], Decimal | None]:
    return {(answer.key, answer.group): answer.units for answer in ask(store, LEVEL, windows, **changes)}


def percentiles(store: Store, percent: str) -> list[Decimal | None]:
    metric = Metric(code="m", aggregation="percentile", property="n", params={"percentile": Decimal(percent)})
    return [answer.units for answer in ask(store, metric)]


@pytest.mark.parametrize(
    "largest",
    [LARGEST, LOWEST, Decimal("7692307692.307692307692307692"), Decimal("-99999999999.999999999999999999")],
)
def test_the_largest_levels_over_the_longest_time_are_exact(store: Store, largest: Decimal) -> None:
    held = [(FIRST, 5), (FIRST + 1, 3), (LAST // 3, 4), (LAST - 1, 1)]
    deliver(store, [event(f"{at}-{k}", at, n=largest) for at, times in held for k in range(times)])
    exact = sum((Fraction(largest) * times * (LAST - at) for at, times in held), Fraction(0))
    (units,) = levels(store, window(FIRST, LAST)).values()
    assert units is not None
    assert abs(Fraction(units) - exact / (LAST - FIRST)) <= Fraction(1, 2 * 10**18)
    (sum_of_products,) = levels(store, window(FIRST, LAST, length=1)).values()
    assert sum_of_products is not None
    assert Fraction(sum_of_products) == exact


def test_levels_that_cancel_leave_the_smallest_difference(store: Store) -> None:
    deliver(
        store,
        [event("up", 0, n=LARGEST), event("down", 0, n=Decimal("-99999999999999999999.999999999999999998"))],
    )
    assert levels(store, window(0, LAST)) == {(0, ()): Decimal("1e-18")}


def test_a_period_without_events_has_the_level_carried(store: Store) -> None:
    deliver(store, [event("e1", 1, n=10, g="x"), event("e2", 5, n=-4, g="y"), event("e3", 30, n=9, g="z")])
    assert levels(store, window(10, 20)) == {(0, ()): 6}
    assert levels(store, window(10, 20), group_by=("g",)) == {(0, ("x",)): 10, (0, ("y",)): -4}
    assert levels(store, window(0, 1), window(3, 7, key=2)) == {(2, ()): 8}


@pytest.mark.parametrize(("aggregation", "units"), [("sum", 6), ("unique_count", 2), ("weighted_sum", 6)])
def test_what_is_carried_is_there_without_events_in_the_period(
    store: Store, aggregation: str, units: int
) -> None:
    deliver(store, [event("e1", 1, n=10, g="x"), event("e2", 5, n=-4, g="x")])
    metric = Metric(code="m", aggregation=aggregation, property="n", recurring=True)
    for group_by in ((), ("g",)):
        assert [answer.units for answer in ask(store, metric, [window(10, 20)], group_by)] == [units]


def test_a_level_is_held_up_to_the_moment_asked_for(store: Store) -> None:
    deliver(store, [event("e1", 1, n=10), event("e2", 15, n=10), event("ahead", 19, n=50)])
    assert levels(store, window(10, 18, length=10)) == {(0, ()): 11}
    assert levels(store, window(10, 20, until=18)) == {(0, ()): 11}
    assert levels(store, window(10, 20, until=5)) == {(0, ()): 0}
    assert levels(store, window(10, 10, length=10)) == {(0, ()): 0}


def test_events_of_one_moment_and_without_number_count_as_they_should(store: Store) -> None:
    deliver(store, [event("e1", 10, n=1), event("e2", 10, n=2), event("e3", 10, n="x"), event("e4", 12)])
    (answer,) = ask(store, LEVEL, [window(10, 20)])
    assert (answer.units, answer.events, answer.left_out) == (Decimal(3), 2, 2)
    deliver(store, [event("only", 1, "b", n="x")])
    (unusable,) = ask(store, LEVEL, [Window(0, ("b",), 0, 9)])
    assert (unusable.units, unusable.events, unusable.left_out) == (Decimal(0), 0, 1)


def test_an_undone_change_never_was(store: Store) -> None:
    deliver(store, [event("e1", 0, n=10)])
    before = question(store, LEVEL, [window(0, 10)])
    deliver(store, [event("e1", 0, n=30), event("e2", 5, n=10)], on_conflict="replace")
    assert [answer.units for answer in store.usage(before)] == [10]
    assert levels(store, window(0, 10)) == {(0, ()): 35}


def test_a_percentile_is_a_value_by_its_rank(store: Store) -> None:
    ranks = {
        "100": 1000,
        "95": 950,
        "94.9000000000001": 950,
        "94.9": 949,
        "0.1": 1,
        "0.100000000000000001": 2,
    }
    deliver(store, [event(f"e{n}", n, n=n) for n in range(1000, 0, -1)])
    for percent, value in ranks.items():
        assert percentiles(store, percent) == [value], percent


def test_equal_and_extreme_values_have_ranks_of_their_own(store: Store) -> None:
    deliver(store, [event(f"e{k}", 1, n=LARGEST) for k in range(3)], [event("low", 1, n=LOWEST)])
    assert percentiles(store, "25") == [LOWEST]
    assert percentiles(store, "25.000000000000000001") == [LARGEST]
    assert percentiles(store, "100") == [LARGEST]


def test_a_percentile_of_no_numbers_is_no_value(store: Store) -> None:
    deliver(store, [event("e1", 1, n="many")])
    assert percentiles(store, "50") == [None]
