from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.aggregation import (
    Batch,
    Count,
    Distinct,
    Latest,
    Max,
    Measure,
    MeasuredPeriod,
    Min,
    NearestRank,
    NoParameters,
    Sum,
    TimeWeighted,
    Values,
)
from usagebill_tui.domain.aggregation.builtin import AGGREGATIONS
from usagebill_tui.domain.aggregation.evaluating import evaluate, evaluate_all, joined
from usagebill_tui.domain.quantity import round_to

PERIOD = MeasuredPeriod(start=100, until=200, length=100)
PERCENTS = st.decimals(min_value=Decimal("1e-18"), max_value=100, places=18) | st.integers(1, 100).map(
    Decimal
)
VALUES = st.integers(-4, 4).map(Decimal) | st.decimals(-1000, 1000, places=2)


def numbers(*pairs: tuple[int, str | None]) -> Batch:
    column = [None if number is None else Decimal(number) for _, number in pairs]
    return Batch([at for at, _ in pairs], {"n": column})


def level(*pairs: tuple[int, str | None], period: MeasuredPeriod = PERIOD) -> Decimal | None:
    return evaluate(TimeWeighted("n"), numbers(*pairs), period)


@settings(max_examples=200)
@given(values=st.lists(VALUES, min_size=1, max_size=40), percent=PERCENTS)
def test_the_nearest_rank_is_the_smallest_value_that_enough_values_do_not_exceed(
    values: list[Decimal], percent: Decimal
) -> None:
    share = Fraction(percent) / 100
    naive = min(v for v in values if Fraction(sum(other <= v for other in values), len(values)) >= share)
    batch = Batch([0] * len(values), {"n": values})
    assert evaluate(NearestRank("n", percent), batch, PERIOD) == naive


@pytest.mark.parametrize(
    ("percent", "count", "rank"),
    [
        ("95", 20, 19),
        ("95", 21, 20),
        ("95", 1, 1),
        ("100", 7, 7),
        ("0.000000000000000001", 10**6, 1),
        ("29", 100, 29),  # 0.29 × 100 is above 29 in binary floating point
        ("33.333333333333333333", 3 * 10**18, 10**18),
        ("50", 10**17 + 1, 5 * 10**16 + 1),
    ],
)
def test_ranks_are_found_by_whole_arithmetic(percent: str, count: int, rank: int) -> None:
    assert NearestRank("n", Decimal(percent)).rank(count) == rank


@pytest.mark.parametrize("percent", [95, 0.95, None, "95"])
def test_a_percent_is_a_decimal(percent: Any) -> None:
    with pytest.raises(ValueError, match="must be a Decimal"):
        NearestRank("n", percent)


def test_a_level_counts_for_the_time_that_it_is_held() -> None:
    assert level((100, "10")) == 10
    assert level((150, "10")) == 5
    assert level((150, "10"), (175, "-4")) == 4
    assert level((50, "10")) == 10
    assert level((50, "10"), (90, "-10"), (199, "1")) == Decimal("0.01")
    assert level((200, "10"), (300, "5")) == 0
    assert level((150, None)) is None
    assert level() is None


def test_a_level_is_held_up_to_the_moment_asked_for_and_divided_by_the_full_period() -> None:
    half = MeasuredPeriod(start=100, until=150, length=100)
    assert level((100, "10"), period=half) == 5
    assert level((160, "10"), period=half) == 0
    later_start = MeasuredPeriod(start=150, until=200, length=100)
    assert level((100, "10"), period=later_start) == 5
    not_yet = MeasuredPeriod(start=100, until=90, length=100)
    assert level((80, "10"), period=not_yet) == 0


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 250), VALUES), max_size=12))
def test_a_level_over_time_is_the_mean_of_the_levels_of_each_moment(pairs: list[tuple[int, Decimal]]) -> None:
    pairs.sort(key=lambda pair: pair[0])
    found = evaluate(TimeWeighted("n"), Batch([at for at, _ in pairs], {"n": [n for _, n in pairs]}), PERIOD)
    moments = [sum((n for at, n in pairs if at <= moment), Decimal(0)) for moment in range(100, 200)]
    assert (found or 0) == sum(moments, Decimal(0)) / 100


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Count(), 4),
        (Sum("n"), 6),
        (Min("n"), 1),
        (Max("n"), 3),
        (Values("n"), 3),
        (Latest("n"), 2),
        (Distinct("t"), 2),
        (Distinct("t", "op"), 1),
        (Sum("absent"), None),
        (Distinct("absent"), 0),
        (Distinct("t", "absent"), 2),
    ],
)
def test_what_each_measure_is(measure: Measure, value: int | None) -> None:
    batch = Batch(
        [1, 2, 3, 4],
        {"n": [Decimal(1), Decimal(3), None, Decimal(2)]},
        {"t": ["a", "b", None, "a"], "op": [None, None, "remove", "remove"]},
    )
    assert evaluate(measure, batch, PERIOD) == value


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), VALUES | st.none()), max_size=3), max_size=4))
def test_where_events_are_cut_into_batches_does_not_matter(parts: list[list[tuple[int, Any]]]) -> None:
    batches = [Batch([at for at, _ in part], {"n": [number for _, number in part]}) for part in parts]
    whole: Sequence[tuple[int, Any]] = [pair for part in parts for pair in part]
    assert list(joined(batches).timestamps) == [at for at, _ in whole]
    for aggregation in AGGREGATIONS:
        params = aggregation.parameters()
        one = [Batch([at for at, _ in whole], {"n": [number for _, number in whole]})]
        cut, uncut = (evaluate_all(aggregation, "n", params, each, PERIOD) for each in (batches, one))
        assert cut == uncut


def test_a_batch_may_lack_a_column_that_another_has() -> None:
    both = joined([Batch([1], {"n": [Decimal(1)]}), Batch([2, 3], texts={"t": ["a", "b"]})])
    assert both.numbers == {"n": [Decimal(1), None, None]}
    assert both.texts == {"t": [None, "a", "b"]}


def test_a_weighted_sum_has_18_digits_half_away_from_zero() -> None:
    weighted = next(each for each in AGGREGATIONS if each.name == "weighted_sum")
    third = MeasuredPeriod(start=0, until=2, length=3)
    for number in ("1", "-1"):
        found = evaluate_all(weighted, "n", NoParameters(), [numbers((0, number))], third)
        assert found == round_to(Decimal(number) * 2 / 3, 18)
