"""Taking a batch back, so that exactly what the remaining batches delivered stays.

Every delivery of an event is on record: as the event itself, as a claim (it was a duplicate) or as a
conflict (it had other content). Without the batch, the event that counts is the one of the latest
remaining `replace` delivery, else of the earliest remaining delivery.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import duckdb

from usagebill_tui.eventstore.parquet.contents import content_sql, fill_contents
from usagebill_tui.eventstore.parquet.files import Part
from usagebill_tui.eventstore.parquet.layout import FIXED, merged
from usagebill_tui.eventstore.parquet.relation import events_sql, files_literal
from usagebill_tui.eventstore.parquet.staging import widened
from usagebill_tui.store.manifest import Batch, Segment


def plan_undo(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    batches: Sequence[Batch],
    batch: Batch,
    snapshot: int,
) -> None:
    """Make the table `verdicts`: for each identity that the batch delivered, what counts now and what should.

    Columns: source, id, now_batch and now_content (what counts, if anything), then_content (what should).
    """
    load_active(connection, batches, batch)
    delivering = [s for s in segments if s.kind in {"events", "claims", "conflicts"}]
    taken_back = [s for s in delivering if s.first_seq <= batch.seq <= s.seq]
    connection.execute(
        "CREATE TEMP TABLE affected AS SELECT DISTINCT source, id "
        f"FROM ({_deliveries(folder, taken_back)}) WHERE batch = {batch.id:d}"
    )
    _load_affected(connection, folder, segments, "deliveries", _deliveries(folder, delivering))
    _load_affected(connection, folder, segments, "counting", events_sql(folder, segments, snapshot, []))
    judge(connection)


def judge(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `verdicts` of the tables `active`, `affected`, `deliveries` and `counting`."""
    connection.execute(
        """
        CREATE TEMP TABLE verdicts AS
        WITH remaining AS (
            SELECT d.source, d.id, d.content,
                row_number() OVER (
                    PARTITION BY d.source, d.id
                    ORDER BY a.replaces DESC, CASE WHEN a.replaces THEN -a.seq ELSE a.seq END, d.content
                ) AS place
            FROM deliveries d JOIN active a ON a.batch = d.batch
        )
        SELECT f.source, f.id, c.batch AS now_batch, c.content AS now_content, r.content AS then_content
        FROM affected f
        LEFT JOIN counting c ON c.source = f.source AND c.id = f.id
        LEFT JOIN remaining r ON r.source = f.source AND r.id = f.id AND r.place = 1
        """
    )


STOPS = "now_content IS NOT NULL AND now_content IS DISTINCT FROM then_content"
RETURNS = "now_content IS DISTINCT FROM then_content AND then_content IS NOT NULL"


def stopping(connection: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Return how many events of each batch stop counting."""
    rows = connection.execute(f"SELECT now_batch, count(*) FROM verdicts WHERE {STOPS} GROUP BY now_batch")
    return dict(rows.fetchall())


def hidden_whole(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    stops: Mapping[int, int],
    scattered: Collection[int],
) -> list[Segment]:
    """Return the segments of which no row counts any more, so that they can be hidden without naming rows.

    These are the segments of batches that stop counting altogether, none of whose rows are `scattered` over
    merged segments.
    """
    whole: list[Segment] = []
    hides = [s for s in segments if s.kind == "hides"]
    for batch, rows in stops.items():
        own = [s for s in segments if s.kind == "events" and s.batch == batch and s.hidden_from is None]
        if own and batch not in scattered:
            counting = f"SELECT count(*) FROM ({events_sql(folder, [*own, *hides], own[0].seq, [])})"
            if connection.execute(counting).fetchone() == (rows,):
                whole += own
    return whole


def hidden_part(batch: int, whole: Iterable[Segment]) -> Part:
    """Return the events that stop counting by this batch, but for those in segments hidden as a `whole`."""
    besides = ", ".join(str(segment.batch) for segment in whole) or "NULL"
    query = (
        f"SELECT now_batch AS batch, source, id, {batch:d}::BIGINT AS hidden_by FROM verdicts "
        f"WHERE {STOPS} AND (now_batch IN ({besides})) IS NOT TRUE"
    )
    return "hides", query, {}


def restored_part(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], batch: int
) -> Part | None:
    """Return the events that count again, under this batch's id; None where there are none."""
    if connection.execute(f"SELECT 1 FROM verdicts WHERE {RETURNS} LIMIT 1").fetchone() is None:
        return None
    sources = [s for s in segments if s.kind in {"events", "conflicts"}]
    layout = merged(s.layout for s in sources)
    fixed = {name: kind for name, kind in FIXED.items() if name != "batch"}
    rows = widened([(folder / s.file, s.layout) for s in sources], layout, fixed)
    returning = f"SEMI JOIN (SELECT * FROM verdicts WHERE {RETURNS}) v"
    candidates = f"SELECT w.* FROM ({rows}) w {returning} ON v.source = w.source AND v.id = w.id"
    compared = f"SELECT * REPLACE ({content_sql(layout)} AS content) FROM ({candidates})"
    query = (
        f"SELECT {batch:d}::BIGINT AS batch, r.* EXCLUDE (copy) FROM ("
        "SELECT *, row_number() OVER (PARTITION BY source, id) AS copy FROM ("
        f"SELECT r.* FROM ({compared}) r {returning} "
        "ON v.source = r.source AND v.id = r.id AND v.then_content = r.content)) r WHERE copy = 1 "
        "ORDER BY metric, account, timestamp"
    )
    return "events", query, layout


def load_active(connection: duckdb.DuckDBPyConnection, batches: Iterable[Batch], without: Batch) -> None:
    """Make the table `active` of those batches that are imports and stand, but for the one taken back."""
    others = [one for one in batches if one.id != without.id]
    standing = [one for one in others if one.kind == "import" and one.undone_by is None]
    connection.execute(
        "CREATE TEMP TABLE active AS SELECT unnest($1::BIGINT[]) AS batch, unnest($2::BIGINT[]) AS seq, "
        "unnest($3::BOOLEAN[]) AS replaces",
        [
            [one.id for one in standing],
            [one.seq for one in standing],
            [one.on_conflict == "replace" for one in standing],
        ],
    )


def _load_affected(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], table: str, rows: str
) -> None:
    """Make a table of those of some rows (batch, source, id, content) whose identity is in `affected`.

    Where an identity was delivered once, there is nothing to compare: any content will do, if it has none.
    """
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT r.batch, r.source, r.id, r.content FROM ({rows}) r "
        "SEMI JOIN affected f ON f.source = r.source AND f.id = r.id"
    )
    connection.execute(
        f"UPDATE {table} SET content = CAST('{UUID(int=0)}' AS UUID) FROM ("
        "SELECT source, id FROM deliveries GROUP BY source, id HAVING count(*) = 1) once "
        f"WHERE {table}.content IS NULL AND once.source = {table}.source AND once.id = {table}.id"
    )
    fill_contents(connection, folder, segments, table)


def _deliveries(folder: Path, segments: Sequence[Segment]) -> str:
    return f"SELECT batch, source, id, content FROM read_parquet({files_literal(folder, segments)})"
