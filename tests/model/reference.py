"""Aggregation, written a second time: slow, in memory, straight from the rules.

It shares no code with the event stores and does not go through the measures, so that an error in either
shows up as a difference.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from tests.model.conditions import matches
from tests.model.events import ModelEvent, properties, value_of
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.quantity import exact_arithmetic, normalized

Group = tuple[str | None, ...]
Outcome = tuple[Decimal | None, int, int]
"""Units (None: no value), events that counted, events left out for want of a usable property."""


class Span(NamedTuple):
    """What the value is for: its first and last microsecond, and how long the full period is."""

    start: int
    end: int
    length: int


__all__ = ["Group", "ModelEvent", "Outcome", "aggregate", "properties", "value_of"]

CARRIED = {"sum", "unique_count", "weighted_sum"}
"""The types that a recurring metric starts before the period."""


def aggregate(
    metric: Metric,
    events: Sequence[ModelEvent],
    start_us: int,
    end_us: int,
    group_by: Sequence[str] = (),
    full: tuple[int, int] | None = None,
) -> dict[Group, Outcome]:
    """Aggregate over [start, end), in microseconds; groups are texts, None for a missing key.

    `full` is the whole period where [start, end) is only a part of it. Without group keys the one group `()`
    is always there; with them only groups that have events.
    """
    carried = metric.recurring and metric.aggregation in CARRIED
    groups: dict[Group, list[ModelEvent]] = {} if group_by else {(): []}
    for event in events:
        in_period = event.timestamp < end_us and (carried or event.timestamp >= start_us)
        if in_period and matches(metric, event):
            groups.setdefault(tuple(_key(event, path) for path in group_by), []).append(event)
    first, last = full or (start_us, end_us)
    span = Span(start_us, end_us, last - first)
    with exact_arithmetic():
        return {group: _outcome(metric, members, span) for group, members in groups.items()}


def _key(event: ModelEvent, path: str) -> str | None:
    value = event.value(path)
    return None if value is None else value.as_text()


def _outcome(metric: Metric, events: Sequence[ModelEvent], span: Span) -> Outcome:
    usable = sorted((e for e in events if _usable(metric, e)), key=lambda e: e.order)
    units = VALUES[metric.aggregation](metric, usable, span)
    if units is not None and metric.rounding is not None:
        units = metric.rounding.apply(units)
    return units, len(usable), len(events) - len(usable)


def _usable(metric: Metric, event: ModelEvent) -> bool:
    if metric.aggregation == "count":
        return True
    value = event.value(metric.property or "")
    return value is not None and (metric.aggregation == "unique_count" or value.number is not None)


def _numbers(metric: Metric, events: Sequence[ModelEvent]) -> list[Decimal]:
    values = [event.value(metric.property or "") for event in events]
    return [value.number for value in values if value is not None and value.number is not None]


def _count(_metric: Metric, events: Sequence[ModelEvent], _span: Span) -> Decimal:
    return Decimal(len(events))


def _sum(metric: Metric, events: Sequence[ModelEvent], _span: Span) -> Decimal:
    return sum(_numbers(metric, events), Decimal(0))


def _unique_count(metric: Metric, events: Sequence[ModelEvent], _span: Span) -> Decimal:
    held: set[str] = set()
    operation = metric.params.get("operation_property")
    for event in events:
        text = _key(event, metric.property or "")
        if text is None:
            continue
        if operation is not None and _key(event, operation) == "remove":
            held.discard(text)
        else:
            held.add(text)
    return Decimal(len(held))


def _max(metric: Metric, events: Sequence[ModelEvent], _span: Span) -> Decimal | None:
    return max(_numbers(metric, events), default=None)


def _min(metric: Metric, events: Sequence[ModelEvent], _span: Span) -> Decimal | None:
    return min(_numbers(metric, events), default=None)


def _average(metric: Metric, events: Sequence[ModelEvent], _span: Span) -> Decimal | None:
    numbers = _numbers(metric, events)
    if not numbers:
        return None
    return _rounded(sum(map(Fraction, numbers), Fraction(0)) / len(numbers))


def _rounded(exact: Fraction) -> Decimal:
    """Round to whole units of 10**-18, with the half away from zero decided on the exact fraction."""
    scaled = exact * 10**18
    whole = int(abs(scaled) + Fraction(1, 2))
    return normalized(Decimal(whole if scaled >= 0 else -whole).scaleb(-18))


def _latest(metric: Metric, events: Sequence[ModelEvent], _span: Span) -> Decimal | None:
    numbers = _numbers(metric, events)
    return numbers[-1] if numbers else None


def _weighted_sum(metric: Metric, events: Sequence[ModelEvent], span: Span) -> Decimal | None:
    """Walk along the level: from each event to the next it is what all events so far made it."""
    level, since, area = Fraction(0), span.start, Fraction(0)
    for event, number in zip(events, _numbers(metric, events), strict=True):
        now = min(max(event.timestamp, span.start), span.end)
        area += level * (now - since)
        level, since = level + Fraction(number), now
    return _rounded((area + level * (span.end - since)) / span.length)


def _percentile(metric: Metric, events: Sequence[ModelEvent], _span: Span) -> Decimal | None:
    numbers = sorted(_numbers(metric, events))
    if not numbers:
        return None
    share = Fraction(Decimal(metric.params.get("percentile", 95))) / 100
    return next(number for place, number in enumerate(numbers, 1) if Fraction(place, len(numbers)) >= share)


VALUES: dict[str, Callable[[Metric, Sequence[ModelEvent], Span], Decimal | None]] = {
    "count": _count,
    "sum": _sum,
    "unique_count": _unique_count,
    "max": _max,
    "min": _min,
    "average": _average,
    "latest": _latest,
    "weighted_sum": _weighted_sum,
    "percentile": _percentile,
}
