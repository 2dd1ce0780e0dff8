"""Events that count, for questions about all of them: hides are looked up only where they may hit.

To find out what a hide hits, DuckDB must read every identity, by far the largest column. A segment of a batch
that no hide names is spared that.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.parquet.relation import events_sql, hides_sql
from usagebill_tui.store.manifest import Segment


def counting_sql(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    seq: int,
    paths: Sequence[str],
) -> str:
    """Return what `events_sql` returns, in two parts: segments that a hide may hit, and the others."""
    hides = [s for s in segments if s.kind == "hides"]
    if not hides:
        return events_sql(folder, segments, seq, paths)
    found = connection.execute(f"SELECT DISTINCT batch FROM ({hides_sql(folder, hides)})").fetchall()
    hit = {batch for (batch,) in found}
    safe = [s for s in segments if s.kind == "events" and _is_of_one_batch(s) and s.batch not in hit]
    names = {s.file for s in safe}
    others = [s for s in segments if s.file not in names]
    parts = [events_sql(folder, part, seq, paths) for part in (safe, others) if _has_events(part)]
    return " UNION ALL ".join(f"({part})" for part in parts) or events_sql(folder, [], seq, paths)


def _is_of_one_batch(segment: Segment) -> bool:
    """Tell whether a segment holds what one commit wrote, not several merged."""
    return segment.first_seq == segment.seq and segment.reach is None


def _has_events(segments: Sequence[Segment]) -> bool:
    return any(segment.kind == "events" for segment in segments)
