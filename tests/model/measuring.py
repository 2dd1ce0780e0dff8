"""The measures that an aggregation asks for, taken one event at a time."""

from collections.abc import Sequence
from decimal import Decimal

from tests.model.events import ModelEvent
from usagebill_tui.domain.aggregation import Count, Distinct, Latest, Max, Measure, Min, Sum, Values
from usagebill_tui.domain.quantity import exact_arithmetic


def measured(measure: Measure, events: Sequence[ModelEvent]) -> Decimal | None:
    """Return the value of a measure over events that matched, whatever their order."""
    with exact_arithmetic():
        match measure:
            case Count():
                return Decimal(len(events))
            case Distinct(property=path, operation=operation):
                return _distinct(path, operation, events)
            case _:
                return _of_numbers(measure, events)


def _of_numbers(measure: Sum | Min | Max | Values | Latest, events: Sequence[ModelEvent]) -> Decimal | None:
    ordered = sorted(events, key=lambda event: event.order)
    values = [event.value(measure.property) for event in ordered]
    numbers = [value.number for value in values if value is not None and value.number is not None]
    if isinstance(measure, Values):
        return Decimal(len(numbers))
    if not numbers:
        return None
    match measure:
        case Sum():
            return sum(numbers, Decimal(0))
        case Min():
            return min(numbers)
        case Max():
            return max(numbers)
        case Latest():
            return numbers[-1]


def _distinct(path: str, operation: str | None, events: Sequence[ModelEvent]) -> Decimal:
    last: dict[str, str | None] = {}
    for event in sorted(events, key=lambda each: each.order):
        value = event.value(path)
        told = None if operation is None else event.value(operation)
        if value is not None:
            last[value.as_text()] = None if told is None else told.as_text()
    return Decimal(sum(word != "remove" for word in last.values()))
