"""Looking into an event file before it is imported: its first rows, as they would be stored."""

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.errors import UsagebillError
from usagebill_tui.events.preview import Preview
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source, open_source
from usagebill_tui.events.types import Event, Options, Reject

ROWS = 200
"""So many rows of a file are looked at."""
_SHOWN = 10
_FIXED = {"account": "-", "metric": "-", "timestamp": "2000-01-01T00:00:00Z", "id": "-", "source": ""}


class FilePreview(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a file: how it is read, how many of them would be events, and some of each kind.

    `columns` are the names of what its rows hold, whatever they are mapped to.
    """

    format: str
    read: int
    rejected: int
    events: tuple[Event, ...]
    rejects: tuple[Reject, ...]
    columns: tuple[str, ...]


def preview_file(house: House, file: str, options: Options) -> FilePreview:
    """Read the first rows of a file; raises what importing it would raise over them. Stores nothing."""
    preview = Preview()
    rejects: list[Reject] = []
    read = rejected = 0
    source = open_source(file)
    chunks = read_events(source, options, ROWS, readers=house.registry.event_readers)
    for chunk in islice(chunks, 1):
        preview.add(chunk.events)
        rejects += chunk.rejects[:_SHOWN]
        read, rejected = chunk.read, len(chunk.rejects)
    return FilePreview(
        format=source.format,
        read=read,
        rejected=rejected,
        events=tuple(preview.events),
        rejects=tuple(rejects),
        columns=tuple(_columns(house, open_source(file), options)),
    )


def _columns(house: House, source: Source, options: Options) -> Iterable[str]:
    """Return what rows hold: with every field fixed, all else is a property."""
    bare = msgspec.structs.replace(options, map={}, set=_FIXED, id_from=())
    try:
        chunks = read_events(source, bare, ROWS, readers=house.registry.event_readers)
        return dict.fromkeys(_paths(islice(chunks, 1)))
    except UsagebillError:
        return ()


def _paths(chunks: Iterable[object]) -> Iterator[str]:
    for chunk in chunks:
        for event in getattr(chunk, "events", ()):
            yield from event.properties
