"""Aggregation in plain Python: what an event store must answer, to hold its answers against."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, TypeVar

from usagebill_tui.domain.aggregation.folds import Batch, FoldAggregation, Number
from usagebill_tui.domain.aggregation.measures import (
    Count,
    Distinct,
    Latest,
    Max,
    Measure,
    Min,
    NearestRank,
    Sum,
    TimeWeighted,
    Values,
)
from usagebill_tui.domain.aggregation.period import MeasuredPeriod
from usagebill_tui.domain.aggregation.protocol import Aggregation
from usagebill_tui.domain.aggregation.verified import (
    Folding,
    verified_measures,
    verified_needs,
    verified_value,
)
from usagebill_tui.domain.quantity import exact_arithmetic

_T = TypeVar("_T")


def evaluate(measure: Measure, batch: Batch, period: MeasuredPeriod) -> Decimal | None:
    """Return a measure over events ordered by (timestamp, source, id), with properties by their path.

    A path that the batch does not have is missing in every event. The batch may be empty.
    """
    with exact_arithmetic():
        match measure:
            case Count():
                return Decimal(len(batch))
            case Distinct():
                return _distinct(measure, batch)
            case TimeWeighted():
                return _time_weighted(measure, batch, period)
            case _:
                return _of_numbers(measure, batch)


def evaluate_all(
    aggregation: Aggregation | FoldAggregation,
    path: str,
    params: Any,
    batches: Sequence[Batch],
    period: MeasuredPeriod,
) -> Decimal | None:
    """Return what an aggregation type, of either kind, makes of events in plain Python.

    `path` is the metric's property; batches hold the events that are not left out, with properties by
    their path. Raises InvalidInput, naming the type, where it fails.
    """
    if isinstance(aggregation, FoldAggregation):
        needs = verified_needs(aggregation, path, params)
        folding = Folding(aggregation, period, params)
        for batch in filter(len, batches):
            folding.add(_named(batch, needs))
        return folding.value()
    measures = verified_measures(aggregation, path, params)
    whole = joined(batches)
    values = {name: evaluate(measure, whole, period) for name, measure in measures.items()}
    return verified_value(aggregation, values, params)


def joined(batches: Sequence[Batch]) -> Batch:
    """Return consecutive batches as one."""
    return Batch(
        [timestamp for batch in batches for timestamp in batch.timestamps],
        _joined([(len(batch), batch.numbers) for batch in batches]),
        _joined([(len(batch), batch.texts) for batch in batches]),
    )


def _joined(parts: Sequence[tuple[int, Mapping[str, Sequence[_T | None]]]]) -> dict[str, list[_T | None]]:
    names = dict.fromkeys(name for _, columns in parts for name in columns)
    return {
        name: list(chain.from_iterable(columns.get(name, (None,) * length) for length, columns in parts))
        for name in names
    }


def _named(batch: Batch, needs: Mapping[str, Any]) -> Batch:
    """Return the columns of a batch under the names that a fold gave them."""
    nothing = (None,) * len(batch)
    numbers = {n: batch.numbers.get(c.property, nothing) for n, c in needs.items() if isinstance(c, Number)}
    texts = {n: batch.texts.get(c.property, nothing) for n, c in needs.items() if not isinstance(c, Number)}
    return Batch(batch.timestamps, numbers, texts)


def _distinct(measure: Distinct, batch: Batch) -> Decimal:
    nothing = (None,) * len(batch)
    values = batch.texts.get(measure.property, nothing)
    operations = nothing if measure.operation is None else batch.texts.get(measure.operation, nothing)
    last = dict(zip(values, operations, strict=True))
    return Decimal(sum(value is not None and told != "remove" for value, told in last.items()))


def _time_weighted(measure: TimeWeighted, batch: Batch, period: MeasuredPeriod) -> Decimal | None:
    changes = [
        number * period.held(timestamp)
        for timestamp, number in zip(
            batch.timestamps, batch.numbers.get(measure.property, (None,) * len(batch)), strict=True
        )
        if number is not None
    ]
    return period.averaged(sum(changes, Decimal(0))) if changes else None


def _of_numbers(measure: Sum | Min | Max | Values | Latest | NearestRank, batch: Batch) -> Decimal | None:
    numbers = [number for number in batch.numbers.get(measure.property, ()) if number is not None]
    if isinstance(measure, Values):
        return Decimal(len(numbers))
    return _chosen_or_summed(measure, numbers) if numbers else None


def _chosen_or_summed(measure: Sum | Min | Max | Latest | NearestRank, numbers: Sequence[Decimal]) -> Decimal:
    match measure:
        case Sum():
            return sum(numbers, Decimal(0))
        case Min():
            return min(numbers)
        case Max():
            return max(numbers)
        case Latest():
            return numbers[-1]
        case NearestRank():
            return sorted(numbers)[measure.rank(len(numbers)) - 1]
