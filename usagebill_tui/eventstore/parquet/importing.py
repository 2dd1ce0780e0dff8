"""Importing: staged rows become a batch of segments, all at once or not at all."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from sqlalchemy import Engine

from usagebill_tui.eventstore.parquet.deciding import counted, decide, name_rows, refuse_conflicts
from usagebill_tui.eventstore.parquet.files import Part, write_segments
from usagebill_tui.eventstore.parquet.identities import known_identities, with_keys
from usagebill_tui.eventstore.parquet.listing import listing
from usagebill_tui.eventstore.parquet.reading import identified, stored_event
from usagebill_tui.eventstore.parquet.staging import Staging, property_columns
from usagebill_tui.eventstore.types import Conflict, Delivery, Outcome, StoredEvent
from usagebill_tui.store.audit import Author, record
from usagebill_tui.store.counters import next_number
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import (
    Batch,
    Counts,
    Segment,
    add_batch,
    segments,
    snapshot,
)
from usagebill_tui.store.rejects import add_rejects

_EXAMPLES = 5


def import_staged(
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    staging: Staging,
    delivery: Delivery,
    author: Author,
) -> Outcome:
    """Decide what each staged row is and, unless it is a dry run, store the batch."""
    with reading(engine) as session:
        seq = snapshot(session)
        existing = segments(session, ["events", "hides", "keys"], seq)
    names = [file.name for file in delivery.files]
    name_rows(connection, staging.rows_sql())
    known_identities(connection, folder, existing, seq)
    decide(connection, delivery.on_conflict)
    if delivery.on_conflict == "fail":
        refuse_conflicts(connection, names)
    counts = counted(connection, rejected=staging.rejected, rounded=staging.rounded)
    examples = _examples(connection, folder, staging, existing, seq, names)
    if delivery.dry_run:
        return Outcome(batch=None, counts=counts, examples=examples)
    batch = _store(engine, connection, folder, staging, delivery, author, counts)
    return Outcome(batch=batch, counts=counts, examples=examples)


def _store(
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    staging: Staging,
    delivery: Delivery,
    author: Author,
    counts: Counts,
) -> int:
    with writing(engine) as session:
        number = next_number(session, "batch")
    batch = Batch(
        id=number,
        at=author.at,
        who=author.who,
        format=delivery.format,
        on_conflict=delivery.on_conflict,
        counts=counts,
        files=delivery.files,
    )
    written = _write(connection, folder, staging, number)
    with listing(engine, folder, number, written) as session:
        add_batch(session, batch, written, author)
        add_rejects(session, staging.rejects(number, [file.name for file in delivery.files]))
        record(session, author, "import", "batch", str(number), after=batch)
    return number


def _write(
    connection: duckdb.DuckDBPyConnection, folder: Path, staging: Staging, batch: int
) -> list[Segment]:
    layout = staging.layout
    properties = "".join(f", s.{column}" for column in property_columns(layout))
    rows = (
        f"SELECT {batch}::BIGINT AS batch, d.source, d.id, s.account, s.metric, "
        f"make_timestamp(s.timestamp) AS timestamp, s.content{properties} "
        f"FROM ({staging.rows_sql()}) s JOIN decided d ON d.row = s.row"
    )
    kept = f"{rows} WHERE d.role IN ('accepted', 'replacing') ORDER BY s.metric, s.account, s.timestamp"
    claims = f"SELECT {batch}::BIGINT AS batch, source, id, content FROM decided WHERE role = 'duplicate'"
    hidden = f"SELECT known_batch AS batch, source, id, {batch}::BIGINT AS hidden_by FROM decided"
    hides = f"{hidden} WHERE role = 'replacing'"
    parts: list[tuple[set[str], Part]] = [
        ({"accepted", "replacing"}, ("events", kept, layout)),
        ({"duplicate"}, ("claims", claims, {})),
        ({"conflict"}, ("conflicts", f"{rows} WHERE d.role = 'conflict'", layout)),
        ({"replacing"}, ("hides", hides, {})),
    ]
    present = {role for (role,) in connection.execute("SELECT DISTINCT role FROM decided").fetchall()}
    written = write_segments(connection, folder, [part for roles, part in parts if roles & present])
    return with_keys(connection, folder, written)


def _examples(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    staging: Staging,
    existing: Sequence[Segment],
    seq: int,
    names: Sequence[str],
) -> tuple[Conflict, ...]:
    picked = connection.execute(
        "SELECT row, file, line, source, id FROM decided WHERE role IN ('conflict', 'replacing') "
        f"ORDER BY row LIMIT {_EXAMPLES}"
    ).fetchall()
    if not picked:
        return ()
    keys = [(source, identity) for _, _, _, source, identity in picked]
    stored = {(e.source, e.id): e for e in identified(connection, folder, existing, seq, keys)}
    incoming = _staged(connection, staging)
    winners = {(e.source, e.id): e for role, _, e in incoming if role == "accepted"}
    by_row = {row: event for _, row, event in incoming}
    return tuple(
        Conflict(names[file], line, stored.get((source, identity)) or winners[source, identity], by_row[row])
        for row, file, line, source, identity in picked
    )


def _staged(connection: duckdb.DuckDBPyConnection, staging: Staging) -> list[tuple[str, int, StoredEvent]]:
    layout = staging.layout
    properties = "".join(f", s.{column}" for column in property_columns(layout))
    cursor = connection.execute(
        "SELECT d.role, d.row, d.source, d.id, s.account, s.metric, s.timestamp AS us, 0 AS batch"
        f"{properties} FROM ({staging.rows_sql()}) s JOIN decided d ON d.row = s.row "
        "SEMI JOIN (SELECT source, id FROM decided WHERE role IN ('conflict', 'replacing') "
        f"ORDER BY row LIMIT {_EXAMPLES}) k ON k.source = d.source AND k.id = d.id"
    )
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [(row["role"], row["row"], stored_event(row, layout)) for row in rows]
