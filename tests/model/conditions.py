"""Filters and exclusions, one event and one condition at a time."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from tests.model.events import ModelEvent
from usagebill_tui.domain.metric import Filter, Metric, Scalar
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import parse_decimal, plain, to_quantity

ORDERINGS: dict[str, Callable[[int], bool]] = {
    "gt": lambda sign: sign > 0,
    "ge": lambda sign: sign >= 0,
    "lt": lambda sign: sign < 0,
    "le": lambda sign: sign <= 0,
}
NEGATIONS = {"ne": "eq", "not_in": "in", "not_contains": "contains"}


def matches(metric: Metric, event: ModelEvent) -> bool:
    """Say whether every filter holds and no exclusion takes the event out."""
    return all(fulfils(each, event.value(each.property)) for each in metric.filters) and not any(
        _excluded(exclusion, event) for exclusion in metric.exclude
    )


def fulfils(condition: Filter, value: Value | None) -> bool:
    """Say whether a property (None: missing) fulfils a condition."""
    operator = condition.op
    if operator == "exists":
        return (value is not None) == (condition.value is True)
    if operator in NEGATIONS:
        return value is None or not _holds(NEGATIONS[operator], condition.value, value)
    return value is not None and _holds(operator, condition.value, value)


def _holds(operator: str, wanted: Scalar | tuple[Scalar, ...], value: Value) -> bool:
    choice = wanted if isinstance(wanted, tuple) else (wanted,)
    if operator == "contains":
        return any(text_of(each) in value.as_text() for each in choice)
    if operator in {"eq", "in"}:
        return any(equal(each, value) for each in choice)
    signs = [_sign(each, value) for each in choice]
    return any(ORDERINGS[operator](sign) for sign in signs if sign is not None)


def equal(wanted: Scalar, value: Value) -> bool:
    """Compare as numbers where both are or spell a quantity, else as text."""
    number = number_of(wanted)
    if number is not None and value.number is not None:
        return value.number == number
    return text_of(wanted) == value.as_text()


def _sign(wanted: Scalar, value: Value) -> int | None:
    """Return 1 where the property is above the wanted value, 0 where equal, -1 where below.

    None where a number is wanted and the property is none: these have no order.
    """
    number = number_of(wanted)
    if number is not None:
        return None if value.number is None else (value.number > number) - (value.number < number)
    return (value.as_text() > text_of(wanted)) - (value.as_text() < text_of(wanted))


def number_of(wanted: Scalar) -> Decimal | None:
    """Return the number that a filter's value is or spells, as exact as properties are kept."""
    if isinstance(wanted, bool):
        return None
    number = parse_decimal(wanted) if isinstance(wanted, str) else Decimal(wanted)
    quantity = None if number is None else to_quantity(number)
    return number if quantity is None else quantity


def text_of(wanted: Scalar) -> str:
    """Return the text that a filter's value is compared as."""
    if isinstance(wanted, bool):
        return "true" if wanted else "false"
    return wanted if isinstance(wanted, str) else plain(Decimal(wanted))


def _excluded(exclusion: Mapping[str, Scalar | tuple[Scalar, ...]], event: ModelEvent) -> bool:
    conditions = [Filter(property=path, op="in", value=value) for path, value in exclusion.items()]
    return all(fulfils(each, event.value(each.property)) for each in conditions)
