"""Taking a batch back: what is to count without it is judged here, by the same rules as for any store.

Only identities that other batches delivered too have to be judged. Where there are none, the batch is hidden
as a whole, and nothing is read or written on the server.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.sql.selectable import NamedFromClause

from usagebill_tui.eventstore.clickhouse.dialect import statement
from usagebill_tui.eventstore.clickhouse.lookup import fetched, is_sought, locate, sought_in
from usagebill_tui.eventstore.clickhouse.relation import (
    CLAIMS,
    CONFLICTS,
    EVENTS,
    HIDES,
    Visible,
    among,
    counting,
    within,
)
from usagebill_tui.eventstore.clickhouse.rows import hides_sql
from usagebill_tui.eventstore.clickhouse.sending import send
from usagebill_tui.eventstore.clickhouse.server import Server
from usagebill_tui.eventstore.parquet.undoing import RETURNS, STOPS, judge, load_active, stopping
from usagebill_tui.store.manifest import Batch, Segment

_DELIVERING = (EVENTS, CLAIMS, CONFLICTS)


class Undoing(NamedTuple):
    """What taking a batch back comes to: events that stop counting, segments hidden whole, rows sent."""

    stopped: int
    whole: Sequence[Segment]
    sent: Sequence[Segment]


class Bench(NamedTuple):
    """What an undoing works with: the server, DuckDB, and a folder of its own."""

    server: Server
    connection: duckdb.DuckDBPyConnection
    folder: Path
    visible: Visible


def undone(
    bench: Bench, batch: Batch, known: Sequence[Batch], events: Sequence[Segment], number: int
) -> Undoing:
    """Send what undoing a batch, as batch `number`, says of single events; it counts once it is listed.

    `events` are the listed segments of events that are not hidden.
    """
    own = [segment for segment in events if segment.batch == batch.id]
    if not _is_shared(bench.server, batch.id):
        return Undoing(sum(segment.rows for segment in own), own, [])
    _load(bench, batch.id)
    load_active(bench.connection, known, batch)
    judge(bench.connection)
    stops = stopping(bench.connection)
    whole = _hidden_whole(bench, events, stops)
    sent = [_sent_hides(bench, whole, number), _sent_again(bench, number)]
    return Undoing(sum(stops.values()), whole, [segment for segment in sent if segment is not None])


def _is_shared(server: Server, batch: int) -> bool:
    """Tell whether any other batch, standing or not, delivered an identity that this one did."""
    mine = _identities(batch)
    for place in _DELIVERING:
        rows = place.alias("r")
        others = select(rows.c.batch).where(rows.c.batch != batch, among(rows.c.identity, mine)).limit(1)
        if server.rows(statement(others)):
            return True
    return False


def _identities(batch: int) -> ColumnElement[int]:
    parts = [select(place.c.identity).where(place.c.batch == batch) for place in _DELIVERING]
    return select(union_all(*parts).subquery("mine").c.identity).scalar_subquery()


def _load(bench: Bench, batch: int) -> None:
    """Make the tables `affected`, `deliveries` and `counting` of the identities that a batch delivered."""
    mine = _identities(batch)
    parts = []
    for place in _DELIVERING:
        rows = place.alias("r")
        parts.append(_delivery(rows).where(among(rows.c.identity, mine)))
    events = EVENTS.alias("e")
    counted = counting(bench.visible, events, lambda rows: [among(rows.identity, mine)])
    bench.connection.execute(
        "CREATE TEMP TABLE deliveries AS SELECT batch, source, id, CAST(digest AS UUID) AS content "
        f"FROM {fetched(bench.server, bench.folder, _union(parts), [])}"
    )
    now = fetched(bench.server, bench.folder, _delivery(events).where(counted.condition), counted.given)
    bench.connection.execute(
        f"CREATE TEMP TABLE counting AS SELECT batch, source, id, CAST(digest AS UUID) AS content FROM {now}"
    )
    bench.connection.execute(
        f"CREATE TEMP TABLE affected AS SELECT DISTINCT source, id FROM deliveries WHERE batch = {batch:d}"
    )


def _delivery(rows: NamedFromClause) -> Select[tuple[object, ...]]:
    digest = func.toString(rows.c.content).label("digest")
    return select(rows.c.batch, rows.c.source, rows.c.id, digest)


def _union(parts: Sequence[Select[tuple[object, ...]]]) -> Select[tuple[object, ...]]:
    together = union_all(*parts).subquery("u")
    return select(*together.c)


def _hidden_whole(bench: Bench, events: Sequence[Segment], stops: Mapping[int, int]) -> list[Segment]:
    """Return the segments of which no row counts any more."""
    hides = HIDES.alias("h")
    holding, given = within(hides.c.hidden_by, bench.visible.hides, "hiding_batches")
    query = select(hides.c.batch, func.count()).where(holding).group_by(hides.c.batch)
    hidden: dict[int, int] = dict(bench.server.rows(statement(query, given))) if bench.visible.hides else {}
    return [s for s in events if stops.get(s.batch) == s.rows - hidden.get(s.batch, 0)]


def _sent_hides(bench: Bench, whole: Sequence[Segment], number: int) -> Segment | None:
    """Send which single events stop counting by this batch."""
    besides = ", ".join(str(segment.batch) for segment in whole) or "NULL"
    rows = f"SELECT source, id FROM verdicts WHERE {STOPS} AND (now_batch IN ({besides})) IS NOT TRUE"
    if bench.connection.execute(f"{rows} LIMIT 1").fetchone() is None:
        return None
    locate(bench.server, bench.connection, bench.folder, bench.visible, rows)
    return send(bench.server, bench.connection, bench.folder, "hides", hides_sql("located", number), number)


def _sent_again(bench: Bench, number: int) -> Segment | None:
    """Send the events that count again, under this batch's number."""
    returning = f"SELECT source, id, then_content FROM verdicts WHERE {RETURNS}"
    if bench.connection.execute(f"{returning} LIMIT 1").fetchone() is None:
        return None
    parts = []
    for place in (EVENTS, CONFLICTS):
        rows = place.alias("r")
        c = rows.c
        kept = (c.account, func.toString(c.metric).label("code"), c.timestamp, c.identity)
        maps = (c.numbers, c.texts, c.others)
        digest = func.toString(c.content).label("digest")
        parts.append(select(c.source, c.id, digest, *kept, *maps).where(is_sought(c.identity)))
    sought = sought_in(bench.connection, bench.folder, f"SELECT source, id FROM ({returning})")
    found = fetched(bench.server, bench.folder, _union(parts), [sought])
    query = (
        f"SELECT {number:d}::UBIGINT AS batch, r.source, r.id, r.account, r.code AS metric, r.timestamp, "
        "v.then_content AS content, r.identity, r.numbers, r.texts, r.others "
        "FROM (SELECT *, row_number() OVER (PARTITION BY source, id, digest) AS copy "
        f"FROM {found}) r JOIN ({returning}) v "
        "ON v.source = r.source AND v.id = r.id AND v.then_content = CAST(r.digest AS UUID) WHERE r.copy = 1"
    )
    return send(bench.server, bench.connection, bench.folder, "events", query, number)
