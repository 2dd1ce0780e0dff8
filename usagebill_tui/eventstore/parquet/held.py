"""Listing segments so that their files can be read: both from one state of the manifest."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine

from usagebill_tui.eventstore.parquet.files import SegmentGone
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.eventstore.types import Window
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment, SegmentKind, segments

TRIES = 3
"""Erasing replaces files at once: what was listed before it is listed again."""
_T = TypeVar("_T")


class Span(NamedTuple):
    """Time in microseconds, [since, until); None is open."""

    since: int | None = None
    until: int | None = None


EVER = Span()


def held(
    place: Place, engine: Engine, kinds: Sequence[SegmentKind], at: int, span: Span = EVER
) -> list[Segment]:
    """Return a snapshot's segments whose files may be read now; of events, those that reach into a span."""

    def listed() -> list[Segment]:
        with reading(engine) as session:
            found = overlapping(segments(session, kinds, at), span)
        place.fetch(found)
        return found

    return tolerant(listed)


def tolerant(work: Callable[[], _T]) -> _T:
    """Do what lists segments and reads them; again where one of them was replaced in between."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except SegmentGone:
            continue
    return work()


def overlapping(listed: Iterable[Segment], span: Span) -> list[Segment]:
    """Return the segments with events in a span, and all of other kinds."""
    return [
        s
        for s in listed
        if s.kind != "events"
        or (
            (span.since is None or s.last_at >= span.since)
            and (span.until is None or s.first_at < span.until)
        )
    ]


def span_of(windows: Sequence[Window]) -> Span:
    """Return the time from the first window's beginning to the last one's end."""
    if not windows:
        return Span(0, 0)
    return Span(min(one.since for one in windows), max(one.until for one in windows))
