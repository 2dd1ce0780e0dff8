from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.columns import columns_of
from tests.model.reference import ModelEvent, aggregate, value_of
from usagebill_tui.domain.aggregation import (
    Aggregation,
    Distinct,
    MeasuredPeriod,
    NearestRank,
    NoParameters,
    TimeWeighted,
)
from usagebill_tui.domain.aggregation.builtin import AGGREGATIONS
from usagebill_tui.domain.aggregation.evaluating import evaluate_all
from usagebill_tui.domain.metric import Metric

PERIOD = MeasuredPeriod(start=0, until=9, length=9)
BY_NAME = {aggregation.name: aggregation for aggregation in AGGREGATIONS}
NUMBERS = st.decimals(
    min_value=Decimal("-1e19"), max_value=Decimal("1e19"), places=18, allow_nan=False, allow_infinity=False
)
LEAVES = st.one_of(
    st.none(), NUMBERS, st.integers(-5, 5), st.sampled_from(["a", "b", "1", "1.0"]), st.booleans()
)


@st.composite
def event_lists(draw: st.DrawFn) -> list[ModelEvent]:
    rows = draw(st.lists(st.tuples(st.integers(0, 3), LEAVES, st.sampled_from(["add", "remove", None]))))
    return [
        ModelEvent(
            at, "", f"{place:03}", {k: value_of(v) for k, v in (("n", leaf), ("op", told)) if v is not None}
        )
        for place, (at, leaf, told) in enumerate(rows)
    ]


def finished(aggregation: Aggregation, events: list[ModelEvent], params: msgspec.Struct) -> Decimal | None:
    usable = [e for e in events if aggregation.reads == "nothing" or e.value("n") is not None]
    return evaluate_all(aggregation, "n", params, [columns_of(usable, ["n", "op"])], PERIOD)


@pytest.mark.parametrize("name", sorted(BY_NAME))
@settings(max_examples=40, deadline=None)
@given(events=event_lists())
def test_measures_and_finish_make_what_the_rules_say(name: str, events: list[ModelEvent]) -> None:
    expected = aggregate(Metric(code="m", aggregation=name, property="n"), events, 0, 9)[()][0]
    assert finished(BY_NAME[name], events, BY_NAME[name].parameters()) == expected


@settings(max_examples=60, deadline=None)
@given(events=event_lists())
def test_an_operation_takes_values_out(events: list[ModelEvent]) -> None:
    params = {"operation_property": "op"}
    metric = Metric(code="m", aggregation="unique_count", property="n", params=params)
    unique = BY_NAME["unique_count"]
    assert (
        finished(unique, events, msgspec.convert(params, unique.parameters))
        == aggregate(metric, events, 0, 9)[()][0]
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", Decimal(0)),
        ("sum", Decimal(0)),
        ("unique_count", Decimal(0)),
        ("max", None),
        ("min", None),
        ("average", None),
        ("latest", None),
        ("weighted_sum", Decimal(0)),
        ("percentile", None),
    ],
)
def test_the_value_of_no_events(name: str, value: Decimal | None) -> None:
    assert finished(BY_NAME[name], [], BY_NAME[name].parameters()) == value


@pytest.mark.parametrize(
    ("total", "number", "average"),
    [
        ("2", 3, "0.666666666666666667"),
        ("-2", 3, "-0.666666666666666667"),
        ("0.000000000000000001", 2, "0.000000000000000001"),
        ("-0.000000000000000001", 2, "-0.000000000000000001"),
        ("0.000000000000000001", 3, "0"),
        ("99999999999999999999.999999999999999999", 1, "99999999999999999999.999999999999999999"),
    ],
)
def test_an_average_has_18_digits_half_away_from_zero(total: str, number: int, average: str) -> None:
    values = {"sum": Decimal(total), "values": Decimal(number)}
    assert BY_NAME["average"].finish(values, NoParameters()) == Decimal(average)


def test_unique_count_passes_its_operation_on() -> None:
    unique = BY_NAME["unique_count"]
    params = msgspec.convert({"operation_property": "op.kind"}, unique.parameters)
    assert list(unique.measures("id", params).values()) == [Distinct("id", "op.kind")]


def test_the_measures_of_a_level_and_of_a_rank() -> None:
    weighted, percentile = BY_NAME["weighted_sum"], BY_NAME["percentile"]
    assert list(weighted.measures("n", NoParameters()).values()) == [TimeWeighted("n")]
    for params, percent in (({}, Decimal(95)), ({"percentile": "99.9"}, Decimal("99.9"))):
        asked = percentile.measures("n", msgspec.convert(params, percentile.parameters))
        assert list(asked.values()) == [NearestRank("n", percent)]


@pytest.mark.parametrize("percent", ["0", "-1", "100.1", "NaN", "1e-19", "99.9999999999999999991"])
def test_a_percentile_that_names_no_rank_is_refused(percent: str) -> None:
    with pytest.raises(ValueError, match="the percent "):
        NearestRank("n", Decimal(percent))
    with pytest.raises(msgspec.ValidationError, match="percentile: the percent "):
        msgspec.convert({"percentile": percent}, BY_NAME["percentile"].parameters)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_unknown_parameters_are_refused(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="quantile"):
        msgspec.convert({"quantile": 9}, BY_NAME[name].parameters)


def test_what_each_type_reads() -> None:
    reads = {
        name: aggregation.reads for name, aggregation in BY_NAME.items() if aggregation.reads != "number"
    }
    assert reads == {"count": "nothing", "unique_count": "text"}
