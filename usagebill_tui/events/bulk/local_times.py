"""Local times whose instant is beyond doubt: how far the clocks of a zone keep one offset from UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import NamedTuple

from usagebill_tui.domain.zones import to_micros

_HOUR = timedelta(hours=1)
_DAYS = timedelta(days=3)
_MARGIN, _EDGE = 3_600_000_000, 2 * 86_400_000_000
_FIRST_YEAR, _LAST_YEAR = 3, 9997


class Span(NamedTuple):
    """Local times from `first` to `last`, all of them `offset` ahead of UTC; microseconds."""

    first: int
    last: int
    offset: int


@cache
def spans_of(year: int, zone: tzinfo) -> tuple[Span, ...]:
    """Return the spans of a year, and a day around it, in a zone; none of a year at the calendar's ends.

    Local times within an hour of those that a change skips or shows twice are in no span.
    """
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return ()
    runs = list(_runs(year, zone))
    return tuple(_spans(runs))


def _runs(year: int, zone: tzinfo) -> Iterator[Span]:
    """Yield from when to when, in UTC, every full hour has one offset."""
    hour, end = datetime(year, 1, 1, tzinfo=UTC) - _DAYS, datetime(year + 1, 1, 1, tzinfo=UTC) + _DAYS
    start, offset = hour, _offset(hour, zone)
    while hour < end:
        following = hour + _HOUR
        found = _offset(following, zone)
        if found != offset or following == end:
            yield Span(to_micros(start), to_micros(hour), offset)
            start, offset = following, found
        hour = following


def _spans(runs: list[Span]) -> Iterator[Span]:
    for place, run in enumerate(runs):
        near = [one.offset for one in runs[max(0, place - 1) : place + 2]]
        margin = max(near) - min(near) + _MARGIN
        # What comes before the first run and after the last is not known: they end early.
        first = run.first + run.offset + (margin if place else _EDGE)
        last = run.last + run.offset - (margin if place < len(runs) - 1 else _EDGE)
        if first <= last:
            yield Span(first, last, run.offset)


def _offset(instant: datetime, zone: tzinfo) -> int:
    offset = instant.astimezone(zone).utcoffset() or timedelta(0)
    return offset // timedelta(microseconds=1)
