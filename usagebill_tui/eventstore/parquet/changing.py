"""What later commits brought into windows of time, or took out of them.

Windows were looked at as of snapshots; an import or undo committed after a window's snapshot may have added
events to it and hidden others.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.parquet.relation import files_literal
from usagebill_tui.eventstore.types import Change, Epoch, Watched
from usagebill_tui.store.manifest import Segment

_COLUMNS = "account, metric, timestamp"
_NONE = (
    "SELECT NULL::BIGINT AS batch, NULL::VARCHAR AS account, NULL::VARCHAR AS metric, "
    "NULL::TIMESTAMP AS timestamp, NULL::INTEGER AS sign WHERE false"
)


def load_changes(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], epochs: Sequence[Epoch]
) -> None:
    """Make the table `changes` of what was committed after any epoch's snapshot and touches its time.

    Columns: batch (which commit), account, metric, timestamp, sign (1: added, -1: no longer counts).
    """
    late = [s for s in segments if s.kind == "events" and any(_touches(s, epoch) for epoch in epochs)]
    earliest = min((epoch.snapshot for epoch in epochs), default=None)
    hiding = [s for s in segments if s.kind == "hides" and earliest is not None and s.seq > earliest]
    added = f"SELECT batch, {_COLUMNS}, 1 AS sign FROM read_parquet({files_literal(folder, late)})"
    parts = [added] if late else []
    parts += _hidden(connection, folder, segments, hiding, epochs)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE changes AS {' UNION ALL '.join(parts) if parts else _NONE}"
    )


def changed_accounts(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the accounts of all changes that are loaded."""
    rows = connection.execute("SELECT DISTINCT account FROM changes").fetchall()
    return frozenset(account for (account,) in rows)


def changes_in(
    connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment], watched: Sequence[Watched]
) -> list[Change]:
    """Return what each commit after a window's snapshot added to it and hid from it, by key and batch."""
    _load_commits(connection, segments)
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


def _hidden(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    segments: Sequence[Segment],
    hiding: Sequence[Segment],
    epochs: Sequence[Epoch],
) -> Iterable[str]:
    """Yield, for each commit that hides events, the select of those events."""
    since = min((epoch.since for epoch in epochs), default=0)
    until = max((epoch.until for epoch in epochs), default=0)
    for one in hiding:
        names = files_literal(folder, [one])
        batches = {
            b for (b,) in connection.execute(f"SELECT DISTINCT batch FROM read_parquet({names})").fetchall()
        }
        held = [
            s
            for s in segments
            if s.kind == "events" and s.batch in batches and s.first_at < until and s.last_at >= since
        ]
        if held:
            yield (
                f"SELECT {int(one.batch)}::BIGINT AS batch, e.account, e.metric, e.timestamp, -1 AS sign "
                f"FROM read_parquet({files_literal(folder, held)}) e SEMI JOIN read_parquet({names}) h "
                "ON h.batch = e.batch AND h.source = e.source AND h.id = e.id"
            )


def _load_commits(connection: duckdb.DuckDBPyConnection, segments: Iterable[Segment]) -> None:
    commits = sorted({(segment.batch, segment.seq) for segment in segments})
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
