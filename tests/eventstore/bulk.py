"""Importing a file with and without its bulk path, and looking at all that came of it."""

import io
from typing import Any, NamedTuple

from tests.eventstore.stores import AUTHOR, digest_of, stored
from usagebill_tui.billing.imports.delivering import Delivering
from usagebill_tui.events.preview import Preview
from usagebill_tui.events.reading import read_parts
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import Delivery, OnConflict, StoredEvent
from usagebill_tui.store.manifest import BatchFile, Counts

AS_IT_IS = Options()


class Imported(NamedTuple):
    """What an import came to, without what tells the two ways apart."""

    counts: Counts
    events: list[tuple[Any, ...]]
    rejects: list[tuple[int, str, str]]
    examples: list[tuple[int, str, str]]
    format: set[str]
    preview: list[tuple[str | None, str]]
    taken: int


def event_of(event: StoredEvent) -> tuple[Any, ...]:
    """Return a stored event without its batch."""
    return (event.source, event.id, event.account, event.metric, event.timestamp, event.properties)


def import_file(
    store: ParquetEventStore,
    data: bytes,
    *,
    bulk: bool,
    name: str = "events.jsonl",
    options: Options = AS_IT_IS,
    on_conflict: OnConflict = "keep-first",
    block_bytes: int = 300,
    trial: bool = False,
) -> Imported:
    """Import a file and say what came of it."""
    source = Source(name, lambda: io.BytesIO(data))
    under_way = store.start_import(trial=trial)
    preview = Preview()
    rejects: list[tuple[int, str, str]] = []
    try:
        workplace = under_way.workplace if bulk else None
        parts = read_parts(source, options, workplace, block_bytes=block_bytes)
        for _, refused in Delivering(under_way, 0, preview).all_of(parts):
            rejects += [(one.line, one.reason, one.raw) for one in refused]
        taken = sum(part.segment.rows for part in under_way.taking.taken)
        files = (BatchFile(name, source.sha256, source.bytes, "{}"),)
        delivery = Delivery(files=files, format=source.format, on_conflict=on_conflict, dry_run=trial)
        outcome = under_way.finish(delivery, AUTHOR)
    finally:
        under_way.close()
    return Imported(
        outcome.counts,
        [event_of(one) for one in stored(store)],
        rejects,
        [(c.line, digest_of(c.stored), digest_of(c.incoming)) for c in outcome.examples],
        set(source.format.replace(":", "+").split("+")),
        [(e.id, e.content) for e in preview.events],
        taken,
    )
