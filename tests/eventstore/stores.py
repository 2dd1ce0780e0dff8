"""Stores to test on, and short ways to deliver events to them and to ask them."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from tests.databases import chosen, open_engine
from tests.engines import chosen_events
from tests.model.events import properties
from usagebill_tui.domain.event import Chunk, Event, Reject
from usagebill_tui.domain.metric import Metric
from usagebill_tui.events.content import content_of
from usagebill_tui.eventstore.clickhouse.store import ClickHouseEventStore
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import (
    Answer,
    Delivery,
    OnConflict,
    Outcome,
    Question,
    Search,
    StoredEvent,
    Window,
)
from usagebill_tui.plugin.registry import builtin_registry
from usagebill_tui.store.audit import Author
from usagebill_tui.store.engine import open_sqlite
from usagebill_tui.store.manifest import BatchFile
from usagebill_tui.store.migrate import upgrade

Store = ParquetEventStore | ClickHouseEventStore
AUTHOR = Author("tester", datetime(2024, 1, 1, tzinfo=UTC))
EVER = Window(0, ("a", "b", "c"), -(10**15), 10**15)


@cache
def empty_database() -> bytes:
    """Return the bytes of a database at the newest schema, so that a test need not make it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        engine = open_sqlite(path)
        upgrade(engine)
        engine.dispose()
        return path.read_bytes()


def new_store(folder: Path) -> ParquetEventStore:
    """Return an empty store in a folder."""
    if chosen() is None:
        (folder / "catalogue.db").write_bytes(empty_database())
    (folder / "events").mkdir(mode=0o700)
    return open_store(folder)


def engine_of(folder: Path) -> Engine:
    """Return an engine on the database of the store in a folder."""
    return open_sqlite(folder / "catalogue.db") if chosen() is None else open_engine(folder)


def open_store(folder: Path) -> ParquetEventStore:
    """Return the store that lies in a folder."""
    return ParquetEventStore(engine_of(folder), folder / "events")


def any_store(folder: Path) -> Store:
    """Return an empty store of the engine that was chosen for the run, in a folder."""
    if chosen_events() == "parquet":
        return new_store(folder)
    from tests.eventstore.chdb_server import new_database

    if chosen() is None:
        (folder / "catalogue.db").write_bytes(empty_database())
    return ClickHouseEventStore(engine_of(folder), new_database(), folder)


@contextmanager
def temporary_any_store() -> Iterator[Store]:
    """Give an empty store of the engine that was chosen for the run, which vanishes after the block."""
    with tempfile.TemporaryDirectory() as folder:
        store = any_store(Path(folder))
        try:
            yield store
        finally:
            store.close()
            store.engine.dispose()
            if chosen_events() != "parquet":
                from tests.eventstore.chdb_server import drop_databases

                drop_databases()


@contextmanager
def temporary_store() -> Iterator[ParquetEventStore]:
    """Give an empty store that vanishes after the block."""
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder))
        try:
            yield store
        finally:
            store.engine.dispose()


def event(
    name: str | None,
    at: int = 1,
    account: str = "a",
    *,
    source: str = "",
    metric: str = "m",
    line: int = 1,
    **data: Any,
) -> Event:
    """Return an event whose digest is that of its content; `data` becomes its properties."""
    values = properties(data)
    content = content_of(source, account, metric, at, values)
    return Event(line, source, name, account, metric, at, values, content)


def deliver(
    store: Store,
    *files: Sequence[Event],
    on_conflict: OnConflict = "keep-first",
    dry_run: bool = False,
    rejects: Sequence[Reject] = (),
    step: int = 3,
) -> Outcome:
    """Import files of events as one batch, a chunk of so many rows at a time."""
    names = tuple(BatchFile(f"file{place}", f"{place:064}", 1, "{}") for place in range(len(files)))
    under_way = store.start_import()
    try:
        under_way.add(0, Chunk([], list(rejects), 0))
        for place, rows in enumerate(files):
            for start in range(0, len(rows), step):
                under_way.add(place, Chunk(list(rows[start : start + step]), [], 0))
        delivery = Delivery(files=names, format="test", on_conflict=on_conflict, dry_run=dry_run)
        return under_way.finish(delivery, AUTHOR)
    finally:
        under_way.close()


def question(
    store: Store,
    metric: Metric,
    windows: Sequence[Window] = (EVER,),
    group_by: tuple[str, ...] = (),
    snapshot: int | None = None,
) -> Question:
    """Return a question about a metric, as of now unless a snapshot is given."""
    aggregation = builtin_registry().aggregation(metric.aggregation)
    return Question(
        metric=metric,
        aggregation=aggregation,
        params=aggregation.parameters(**metric.params),
        windows=windows,
        group_by=group_by,
        snapshot=store.snapshot() if snapshot is None else snapshot,
    )


def ask(
    store: Store,
    metric: Metric,
    windows: Sequence[Window] = (EVER,),
    group_by: tuple[str, ...] = (),
    snapshot: int | None = None,
) -> list[Answer]:
    """Return a metric's answers."""
    return store.usage(question(store, metric, windows, group_by, snapshot))


def stored(store: Store, snapshot: int | None = None) -> list[StoredEvent]:
    """Return all events that count."""
    return list(store.events(Search(), store.snapshot() if snapshot is None else snapshot))


def contents(store: Store, snapshot: int | None = None) -> dict[tuple[str, str], str]:
    """Return the digest of what counts, recomputed from what was read back, by (source, id)."""
    return {(e.source, e.id): digest_of(e) for e in stored(store, snapshot)}


def digest_of(event_: StoredEvent) -> str:
    """Return the digest of an event that was read back."""
    data: Mapping[str, Any] = event_.properties
    return content_of(event_.source, event_.account, event_.metric, event_.timestamp, data)


def files_of(store: Store) -> set[str]:
    """Return every file and folder below the store's folder but the lock's; not the server's tables."""
    found = {path.relative_to(store.folder).as_posix() for path in store.folder.rglob("*")}
    return found - {".import.lock"}
