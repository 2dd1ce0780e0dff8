"""What an aggregation type asks for and makes of it, checked before usage rests on it."""

from decimal import Decimal
from typing import Any, get_args

from usagebill_tui.domain.aggregation.folds import Batch, FoldAggregation, Number, Text
from usagebill_tui.domain.aggregation.measures import Count, Distinct, Measure, Values
from usagebill_tui.domain.aggregation.period import MeasuredPeriod
from usagebill_tui.domain.aggregation.protocol import Aggregation
from usagebill_tui.domain.origin import contained, failure
from usagebill_tui.domain.quantity import FRACTION_DIGITS, exact_arithmetic, round_to

KIND = "aggregation type"
_MEASURES = get_args(Measure)
_INTEGER_DIGITS = 90


def verified_measures(aggregation: Aggregation, path: str, params: Any) -> dict[str, Measure]:
    """Let a type name its measures; raises InvalidInput, naming the type, where they are none."""
    with contained(KIND, aggregation, "failed to name its measures"):
        measures: list[tuple[object, object]] = list(aggregation.measures(path, params).items())
    checked: dict[str, Measure] = {}
    for name, measure in measures:
        if not isinstance(name, str) or not isinstance(measure, _MEASURES):
            raise failure(KIND, aggregation, f"asked for {measure!r} as {name!r}, which is no measure")
        checked[name] = measure
    return checked


def verified_value(aggregation: Aggregation | FoldAggregation, values: Any, params: Any) -> Decimal | None:
    """Let a type make its quantity, rounded half away from zero to 18 digits after the point.

    `values` are those of its measures by name or, for a fold, its state. Raises InvalidInput, naming the
    type, where it fails or the quantity is no finite Decimal.
    """
    with contained(KIND, aggregation), exact_arithmetic():
        value: object = aggregation.finish(values, params)
    if value is None:
        return None
    if not isinstance(value, Decimal) or not value.is_finite():
        raise failure(KIND, aggregation, f"returned {value!r} where an exact Decimal is due")
    if value.adjusted() >= _INTEGER_DIGITS:
        raise failure(KIND, aggregation, "returned a quantity beyond all reason")
    return round_to(value, FRACTION_DIGITS)


def verified_needs(fold: FoldAggregation, path: str, params: Any) -> dict[str, Number | Text]:
    """Let a fold name its columns; raises InvalidInput, naming it, where they are none."""
    with contained(KIND, fold, "failed to name its columns"):
        needs: list[tuple[object, object]] = list(fold.needs(path, params).items())
    checked: dict[str, Number | Text] = {}
    for name, column in needs:
        if not isinstance(name, str) or not isinstance(column, Number | Text):
            raise failure(KIND, fold, f"asked for {column!r} as {name!r}, which is no column")
        checked[name] = column
    return checked


class Folding:
    """One run of a fold; every failure of its own code becomes InvalidInput that names it."""

    def __init__(self, fold: FoldAggregation, period: MeasuredPeriod, params: Any) -> None:
        self._fold = fold
        self._params = params
        with contained(KIND, fold, "failed to start"), exact_arithmetic():
            self.state: Any = fold.start(period, params)

    def add(self, batch: Batch) -> None:
        """Take some more events."""
        with contained(KIND, self._fold, "failed on a batch of events"), exact_arithmetic():
            self.state = self._fold.step(self.state, batch, self._params)

    def merge(self, later: "Folding") -> None:
        """Take in another run, over events after these."""
        with contained(KIND, self._fold, "failed to merge two runs"), exact_arithmetic():
            self.state = self._fold.merge(self.state, later.state, self._params)

    def value(self) -> Decimal | None:
        """Return the quantity, rounded half away from zero to 18 digits after the point."""
        return verified_value(self._fold, self.state, self._params)


def value_of_nothing(
    aggregation: Aggregation | FoldAggregation, path: str, params: Any, period: MeasuredPeriod
) -> Decimal | None:
    """Return what a type makes of a period without events; raises InvalidInput where it fails."""
    if isinstance(aggregation, FoldAggregation):
        return Folding(aggregation, period, params).value()
    measures = verified_measures(aggregation, path, params)
    return verified_value(aggregation, {name: measure_of_nothing(m) for name, m in measures.items()}, params)


def measure_of_nothing(measure: Measure) -> Decimal | None:
    """Return the value of a measure over no events."""
    return Decimal(0) if isinstance(measure, Count | Values | Distinct) else None
