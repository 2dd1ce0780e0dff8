"""Reading events back: in time order, with all their properties."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from usagebill_tui.eventstore.parquet.held import Span, overlapping
from usagebill_tui.eventstore.parquet.layout import FIXED, merged
from usagebill_tui.eventstore.parquet.relation import (
    NAMED,
    counting_rows,
    events_sql,
    usage_columns,
    visible,
)
from usagebill_tui.eventstore.parquet.staging import stored_properties, widened, widened_columns
from usagebill_tui.eventstore.types import Search, StoredEvent
from usagebill_tui.store.manifest import Columns, Segment

WHOLE = "epoch_us(e.timestamp) AS us, e.* EXCLUDE (timestamp, content)"
"""What is selected of rows `e` to make events of them."""
_BATCH = 2_000


def search(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], seq: int, what: Search
) -> Iterator[StoredEvent]:
    """Yield the events that count at a snapshot, ordered by (timestamp, source, id)."""
    limit = "" if what.limit is None else f" LIMIT {int(what.limit)}"
    if what.limit:
        until = _reached(connection, folder, segments, seq, what)
        what = what if until is None else msgspec.structs.replace(what, until=until)
        segments = overlapping(segments, Span(what.since, what.until))
    conditions, parameters = conditions_of(what)
    layout = merged(segment.layout for segment in visible(segments, seq))
    rows = whole_rows(folder, segments, seq, layout)
    cursor = connection.execute(
        f"SELECT {WHOLE} FROM ({rows}) e WHERE {conditions} ORDER BY timestamp, source, id{limit}", parameters
    )
    return streamed(cursor, layout)


def _reached(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], seq: int, what: Search
) -> int | None:
    """Return the instant before which the first events up to a search's limit lie; None where all do.

    Times alone tell it: ids and properties, by far the most of what is stored, are read up to it only.
    """
    conditions, parameters = conditions_of(what)
    found = connection.execute(
        f"SELECT epoch_us(timestamp) FROM ({events_sql(folder, segments, seq, [])}) WHERE {conditions} "
        f"ORDER BY timestamp LIMIT 1 OFFSET {(what.limit or 1) - 1:d}",
        parameters,
    ).fetchone()
    return None if found is None else found[0] + 1


def whole_rows(
    folder: Path,
    segments: Sequence[Segment],
    seq: int,
    layout: Mapping[str, Columns],
    paths: Sequence[str] = (),
) -> str:
    """Return the SQL of what `events_sql` gives, and of all properties in the columns of a layout."""

    def columns(segment: Segment) -> str:
        return widened_columns(segment.layout, layout, [usage_columns(segment, paths)])

    return counting_rows(folder, segments, seq, columns) or events_sql(folder, [], seq, paths)


def identified(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    seq: int,
    keys: Sequence[tuple[str, str]],
) -> Iterator[StoredEvent]:
    """Yield the events of the table `known` (see `identities`) that have one of these (source, id)."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE found AS SELECT e.batch, e.source, e.id FROM known e "
        "SEMI JOIN (SELECT unnest($1::VARCHAR[]) AS source, unnest($2::VARCHAR[]) AS id) k "
        "ON k.source = e.source AND k.id = e.id",
        [[source for source, _ in keys], [identity for _, identity in keys]],
    )
    batches = {batch for (batch,) in connection.execute("SELECT DISTINCT batch FROM found").fetchall()}
    # The rows of a batch lie in its own segments, or in those that it was merged into.
    holding = [s for s in visible(segments, seq) if s.batch in batches or s.first_seq < s.seq]
    return found_events(connection, folder, holding if batches else [])


def found_events(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment]
) -> Iterator[StoredEvent]:
    """Yield the events of the table `found` (batch, source, id), ordered by (timestamp, source, id)."""
    layout = merged(segment.layout for segment in segments)
    rows = widened([(folder / s.file, s.layout) for s in segments], layout, FIXED)
    cursor = connection.execute(
        f"SELECT {WHOLE} FROM ({rows}) e "
        "SEMI JOIN found f ON f.batch = e.batch AND f.source = e.source AND f.id = e.id "
        "ORDER BY timestamp, source, id"
    )
    return streamed(cursor, layout)


def streamed(cursor: duckdb.DuckDBPyConnection, layout: Mapping[str, Columns]) -> Iterator[StoredEvent]:
    """Yield the events of a statement's `WHOLE` rows."""
    names = [column[0] for column in cursor.description or ()]
    while batch := cursor.fetchmany(_BATCH):
        for row in batch:
            yield stored_event(dict(zip(names, row, strict=True)), layout)


def stored_event(row: Mapping[str, Any], layout: Mapping[str, Columns]) -> StoredEvent:
    """Return the event that a row with these named columns holds (`us` is its time in microseconds)."""
    return StoredEvent(
        batch=row["batch"],
        source=row["source"],
        id=row["id"],
        account=row["account"],
        metric=row["metric"],
        timestamp=row["us"],
        properties=stored_properties(layout, row),
    )


def conditions_of(what: Search) -> tuple[str, list[Any]]:
    """Return the SQL of a search's conditions and its parameters."""
    conditions = ["true"]
    parameters: list[Any] = []
    for column, values in (("account", what.accounts), ("metric", what.metrics)):
        if values is not None and 0 < len(values) <= NAMED:
            marks = range(len(parameters) + 1, len(parameters) + len(values) + 1)
            parameters.extend(values)
            conditions.append(f"{column} IN ({', '.join(f'${mark}' for mark in marks)})")
        elif values is not None:
            parameters.append(list(values))
            conditions.append(f"list_contains(${len(parameters)}::VARCHAR[], {column})")
    for sign, instant in ((">=", what.since), ("<", what.until)):
        if instant is not None:
            parameters.append(instant)
            conditions.append(f"timestamp {sign} make_timestamp(${len(parameters)}::BIGINT)")
    return " AND ".join(conditions), parameters
