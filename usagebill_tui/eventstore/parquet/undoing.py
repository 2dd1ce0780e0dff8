"""Taking a batch back, so that exactly what the remaining batches delivered stays.

Every delivery of an event is on record: as the event itself, as a claim (it was a duplicate) or as a
conflict (it had other content). Without the batch, the event that counts is the one of the latest
remaining `replace` delivery, else of the earliest remaining delivery.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

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
    batch: int,
) -> None:
    """Make the table `verdicts`: for each identity that the batch delivered, what counts now and what should.

    Columns: source, id, now_batch and now_content (what counts, if anything), then_content (what should).
    """
    connection.execute("CREATE TEMP TABLE active (batch BIGINT, seq BIGINT, replaces BOOLEAN)")
    for one in batches:
        if one.kind == "import" and one.undone_by is None and one.id != batch:
            connection.execute(
                "INSERT INTO active VALUES (?, ?, ?)", [one.id, one.seq, one.on_conflict == "replace"]
            )
    deliveries = _deliveries(folder, segments)
    now = events_sql(folder, segments, max(s.seq for s in segments), [])
    connection.execute(
        f"""
        CREATE TEMP TABLE verdicts AS
        WITH deliveries AS ({deliveries}),
        affected AS (SELECT DISTINCT source, id FROM deliveries WHERE batch = {int(batch)}),
        remaining AS (
            SELECT d.source, d.id, d.content,
                row_number() OVER (
                    PARTITION BY d.source, d.id
                    ORDER BY a.replaces DESC, CASE WHEN a.replaces THEN -a.seq ELSE a.seq END, d.content
                ) AS place
            FROM deliveries d JOIN active a ON a.batch = d.batch
            SEMI JOIN affected f ON f.source = d.source AND f.id = d.id
        ),
        counting AS (
            SELECT e.source, e.id, e.batch, e.content FROM ({now}) e
            SEMI JOIN affected f ON f.source = e.source AND f.id = e.id
        )
        SELECT f.source, f.id, c.batch AS now_batch, c.content AS now_content, r.content AS then_content
        FROM affected f
        LEFT JOIN counting c ON c.source = f.source AND c.id = f.id
        LEFT JOIN remaining r ON r.source = f.source AND r.id = f.id AND r.place = 1
        """
    )


def hidden_part(batch: int) -> Part:
    """Return the events that stop counting by this batch."""
    return (
        "hides",
        (
            f"SELECT now_batch AS batch, source, id, {int(batch)}::BIGINT AS hidden_by FROM verdicts "
            "WHERE now_content IS NOT NULL AND now_content IS DISTINCT FROM then_content"
        ),
        {},
    )


def restored_part(folder: Path, segments: Sequence[Segment], batch: int) -> Part:
    """Return the events that count again, under this batch's id."""
    sources = [s for s in segments if s.kind in {"events", "conflicts"}]
    layout = merged(s.layout for s in sources)
    fixed = {name: kind for name, kind in FIXED.items() if name != "batch"}
    rows = widened([(folder / s.file, s.layout) for s in sources], layout, fixed)
    wanted = "now_content IS DISTINCT FROM then_content AND then_content IS NOT NULL"
    query = (
        f"SELECT {int(batch)}::BIGINT AS batch, r.* EXCLUDE (copy) FROM ("
        "SELECT *, row_number() OVER (PARTITION BY source, id) AS copy FROM ("
        f"SELECT r.* FROM ({rows}) r SEMI JOIN (SELECT * FROM verdicts WHERE {wanted}) v "
        "ON v.source = r.source AND v.id = r.id AND v.then_content = r.content)) r WHERE copy = 1 "
        "ORDER BY metric, account, timestamp"
    )
    return "events", query, layout


def _deliveries(folder: Path, segments: Sequence[Segment]) -> str:
    delivering = [s for s in segments if s.kind in {"events", "claims", "conflicts"}]
    return f"SELECT batch, source, id, content FROM read_parquet({files_literal(folder, delivering)})"
