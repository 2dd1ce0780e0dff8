"""Importing: staged rows become a batch of segments, all at once or not at all."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import duckdb
from sqlalchemy import Engine

from usagebill_tui.eventstore.parquet.contents import fill_contents, holding_batches
from usagebill_tui.eventstore.parquet.contesting import contest, gather
from usagebill_tui.eventstore.parquet.deciding import counted, decide, refuse_conflicts
from usagebill_tui.eventstore.parquet.identities import known_batches, known_identities
from usagebill_tui.eventstore.parquet.listing import listing
from usagebill_tui.eventstore.parquet.naming import name_all
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.eventstore.parquet.reading import identified, stored_event
from usagebill_tui.eventstore.parquet.staging import Staging, property_columns
from usagebill_tui.eventstore.parquet.taking import Taken, Taking, reserved_batch
from usagebill_tui.eventstore.parquet.writing import write_batch
from usagebill_tui.eventstore.types import Conflict, Delivery, Outcome, StoredEvent
from usagebill_tui.store.audit import Author, record
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import (
    Batch,
    Columns,
    add_batch,
    segments,
    snapshot,
)
from usagebill_tui.store.rejects import add_rejects

_EXAMPLES = 5


def import_staged(
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    place: Place,
    staging: Staging,
    taking: Taking,
    delivery: Delivery,
    author: Author,
) -> Outcome:
    """Decide what each staged or taken row is and, unless it is a dry run, store the batch."""
    folder = place.folder
    with reading(engine) as session:
        seq = snapshot(session)
        existing = segments(session, ["events", "hides", "keys"], seq)
    names = [file.name for file in delivery.files]
    taken = name_all(connection, staging.rows_sql(), taking.taken)
    gather(connection, taken)
    known_identities(connection, place, existing, seq)
    # Only of those whose identities are among the incoming ones is more than the keys read.
    place.fetch(holding_batches(existing, known_batches(connection)))
    fill_contents(connection, folder, existing, "known")
    undisputed = contest(connection, taken)
    decide(connection, delivery.on_conflict)
    if delivery.on_conflict == "fail":
        refuse_conflicts(connection, names)
    counts = counted(connection, undisputed=undisputed, rejected=staging.rejected, rounded=staging.rounded)

    def stored(keys: Sequence[tuple[str, str]]) -> Iterable[StoredEvent]:
        return identified(connection, folder, existing, seq, keys)

    examples = conflicts_shown(connection, staging, taken, names, stored)
    if delivery.dry_run:
        return Outcome(batch=None, counts=counts, examples=examples)
    batch = Batch(
        id=taking.batch or reserved_batch(engine),
        at=author.at,
        who=author.who,
        format=delivery.format,
        on_conflict=delivery.on_conflict,
        counts=counts,
        files=delivery.files,
    )
    written = write_batch(connection, folder, staging, taken, batch.id)
    with listing(engine, place, batch.id, written, seq) as session:
        add_batch(session, batch, written, author)
        add_rejects(session, staging.rejects(batch.id, names))
        record(session, author, "import", "batch", str(batch.id), after=batch)
    return Outcome(batch=batch.id, counts=counts, examples=examples)


def conflicts_shown(
    connection: duckdb.DuckDBPyConnection,
    staging: Staging,
    taken: Sequence[Taken],
    names: Sequence[str],
    stored_under: Callable[[Sequence[tuple[str, str]]], Iterable[StoredEvent]],
) -> tuple[Conflict, ...]:
    """Return the first conflicts of what is decided; `stored_under` finds what counts by (source, id)."""
    picked = connection.execute(
        "SELECT row, file, line, source, id FROM decided WHERE role IN ('conflict', 'replacing') "
        f"ORDER BY file, line, row LIMIT {_EXAMPLES}"
    ).fetchall()
    if not picked:
        return ()
    keys = [(source, identity) for _, _, _, source, identity in picked]
    stored = {(e.source, e.id): e for e in stored_under(keys)}
    incoming = _delivered(connection, *staging.rows_with([(part.path, part.layout) for part in taken]))
    winners = {(e.source, e.id): e for role, _, e in incoming if role == "accepted"}
    by_row = {row: event for _, row, event in incoming}
    return tuple(
        Conflict(
            names[file],
            line,
            stored.get((source, identity)) or winners[source, identity],
            by_row[file, line, row],
        )
        for row, file, line, source, identity in picked
    )


def _delivered(
    connection: duckdb.DuckDBPyConnection, rows: str, layout: Mapping[str, Columns]
) -> list[tuple[str, tuple[int, int, int], StoredEvent]]:
    """Return all that was delivered under the identities of the first conflicts: role, place and event."""
    properties = "".join(f", s.{column}" for column in property_columns(layout))
    cursor = connection.execute(
        "SELECT d.role, d.file, d.line, d.row, d.source, d.id, s.account, s.metric, "
        f"epoch_us(s.timestamp) AS us, 0 AS batch{properties} FROM ({rows}) s "
        "JOIN decided d ON d.file = s.file AND d.line = s.line AND d.row = s.row "
        "SEMI JOIN (SELECT source, id FROM decided WHERE role IN ('conflict', 'replacing') "
        f"ORDER BY file, line, row LIMIT {_EXAMPLES}) k ON k.source = d.source AND k.id = d.id"
    )
    names = [column[0] for column in cursor.description or ()]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [(one["role"], (one["file"], one["line"], one["row"]), stored_event(one, layout)) for one in found]
