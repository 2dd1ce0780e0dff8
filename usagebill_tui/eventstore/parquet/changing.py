"""What later commits brought into windows of time, or took out of them.

Windows were looked at as of snapshots; an import or undo committed after a window's snapshot may have added
events to it and hidden others.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.parquet.relation import hides_sql, rows_sql
from usagebill_tui.eventstore.types import Change, Epoch, Watched
from usagebill_tui.store.manifest import Segment

_COLUMNS = "account, metric, timestamp"
_NONE = (
    "SELECT NULL::BIGINT AS batch, NULL::VARCHAR AS account, NULL::VARCHAR AS metric, "
    "NULL::TIMESTAMP AS timestamp, NULL::INTEGER AS sign WHERE false"
)


def load_changes(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    commits: Sequence[tuple[int, int]],
    epochs: Sequence[Epoch],
) -> None:
    """Make the table `changes` of what was committed after any epoch's snapshot and touches its time.

    Columns: batch (which commit), account, metric, timestamp, sign (1: added, -1: no longer counts). It may
    hold what earlier commits changed as well. `commits` are all (batch, seq).
    """
    _load_commits(connection, commits)
    parts = []
    if epochs:
        earliest = min(epoch.snapshot for epoch in epochs)
        late = [s for s in segments if s.kind == "events" and any(_touches(s, epoch) for epoch in epochs)]
        if late:
            parts.append(f"SELECT batch, {_COLUMNS}, 1 AS sign FROM ({rows_sql(folder, late)})")
        since = min(epoch.since for epoch in epochs)
        until = max(epoch.until for epoch in epochs)
        hides = [s for s in segments if s.kind == "hides"]
        held = [s for s in segments if s.kind == "events" and s.first_at < until and s.last_at >= since]
        parts += _hidden_rows(folder, held, [s for s in hides if s.seq > earliest])
        parts += _hidden_segments(folder, held, hides, earliest, {seq: batch for batch, seq in commits})
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE changes AS {' UNION ALL '.join(parts) if parts else _NONE}"
    )


def changed_accounts(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the accounts of all changes that are loaded."""
    rows = connection.execute("SELECT DISTINCT account FROM changes").fetchall()
    return frozenset(account for (account,) in rows)


def changes_in(connection: duckdb.DuckDBPyConnection, watched: Sequence[Watched]) -> list[Change]:
    """Return what each commit after a window's snapshot added to it and hid from it, by key and batch."""
    _load_watched(connection, watched)
    rows = connection.execute(
        """
        SELECT w.key, c.batch, count(*) FILTER (c.sign > 0), count(*) FILTER (c.sign < 0)
        FROM changes c
        JOIN commits k ON k.batch = c.batch
        JOIN watched w ON w.account = c.account AND w.metric = c.metric
            AND c.timestamp >= w.since AND c.timestamp < w.until AND k.seq > w.snapshot
        GROUP BY w.key, c.batch ORDER BY w.key, c.batch
        """
    ).fetchall()
    return [Change(key, batch, added, hidden) for key, batch, added, hidden in rows]


def _touches(segment: Segment, epoch: Epoch) -> bool:
    return segment.seq > epoch.snapshot and segment.first_at < epoch.until and segment.last_at >= epoch.since


def _hidden_rows(folder: Path, held: Sequence[Segment], hiding: Sequence[Segment]) -> Iterator[str]:
    """Yield the select of the events that were hidden one by one."""
    if held and hiding:
        yield (
            "SELECT h.hidden_by AS batch, e.account, e.metric, e.timestamp, -1 AS sign "
            f"FROM ({rows_sql(folder, held)}) e JOIN ({hides_sql(folder, hiding)}) h "
            "ON h.batch = e.batch AND h.source = e.source AND h.id = e.id"
        )


def _hidden_segments(
    folder: Path, held: Sequence[Segment], hides: Sequence[Segment], earliest: int, batches: Mapping[int, int]
) -> Iterator[str]:
    """Yield, for each segment hidden as a whole, the select of the events that counted until then."""
    for one in held:
        if one.hidden_from is None or one.hidden_from <= earliest or one.hidden_from not in batches:
            continue
        batch = batches[one.hidden_from]
        counted = f"SELECT {_COLUMNS} FROM ({rows_sql(folder, [one])}) e"
        if hides:
            # What hid rows of this segment one by one came before: afterwards there was nothing to hide.
            counted += (
                f" ANTI JOIN ({hides_sql(folder, hides)}) h "
                "ON h.batch = e.batch AND h.source = e.source AND h.id = e.id"
            )
        yield f"SELECT {batch:d}::BIGINT AS batch, {_COLUMNS}, -1 AS sign FROM ({counted})"


def _load_commits(connection: duckdb.DuckDBPyConnection, commits: Sequence[tuple[int, int]]) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE commits AS "
        "SELECT unnest($1::BIGINT[]) AS batch, unnest($2::BIGINT[]) AS seq",
        [[batch for batch, _ in commits], [seq for _, seq in commits]],
    )


def _load_watched(connection: duckdb.DuckDBPyConnection, watched: Sequence[Watched]) -> None:
    rows = [
        (w.key, account, w.metric, w.since, w.until, w.snapshot)
        for w in watched
        for account in dict.fromkeys(w.accounts)
    ]
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE watched AS
        SELECT unnest($1::BIGINT[]) AS key, unnest($2::VARCHAR[]) AS account, unnest($3::VARCHAR[]) AS metric,
            make_timestamp(unnest($4::BIGINT[])) AS since, make_timestamp(unnest($5::BIGINT[])) AS until,
            unnest($6::BIGINT[]) AS snapshot
        """,
        [list(values) for values in zip(*rows, strict=True)] if rows else [[]] * 6,
    )
