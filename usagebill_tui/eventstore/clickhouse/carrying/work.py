"""Carrying between two open stores, of which at least one is on a server."""

from collections.abc import Callable, Sequence

from usagebill_tui.eventstore.clickhouse.carrying.bench import Bench, bench
from usagebill_tui.eventstore.clickhouse.carrying.folders import FolderSource, FolderTarget
from usagebill_tui.eventstore.clickhouse.carrying.portions import Source, Target, carried
from usagebill_tui.eventstore.clickhouse.carrying.servers import ServerSource, ServerTarget
from usagebill_tui.eventstore.clickhouse.store import ClickHouseEventStore
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.protocol import EventStore
from usagebill_tui.store.manifest import Segment


def carry_between(
    source: EventStore, target: EventStore, step: Callable[[str, int], None]
) -> Sequence[Segment] | None:
    """Carry all that is listed; see the package."""
    ours, theirs = _known(source), _known(target)
    folders = [one.folder for one in (ours, theirs) if isinstance(one, ParquetEventStore)]
    with bench(theirs.folder, folders) as place:
        entries = carried(_source(ours, place), _target(theirs, place), place.clear, step)
    both = isinstance(ours, ClickHouseEventStore) and isinstance(theirs, ClickHouseEventStore)
    return None if both else entries


def _known(store: EventStore) -> ClickHouseEventStore | ParquetEventStore:
    if isinstance(store, ClickHouseEventStore | ParquetEventStore):
        return store
    raise TypeError(type(store))


def _source(store: ClickHouseEventStore | ParquetEventStore, place: Bench) -> Source:
    if isinstance(store, ClickHouseEventStore):
        return ServerSource(store.engine, store.server, place)
    return FolderSource(store.engine, store.folder, place)


def _target(store: ClickHouseEventStore | ParquetEventStore, place: Bench) -> Target:
    if isinstance(store, ClickHouseEventStore):
        return ServerTarget(store.engine, store.server, place)
    return FolderTarget(store.folder, place)
