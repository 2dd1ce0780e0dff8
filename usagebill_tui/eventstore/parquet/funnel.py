"""Counting and finding events on their way to an invoice, with DuckDB over the segments."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Engine

from usagebill_tui.eventstore.funnel import Cell, Census, Disputed, Sieve, Stretch, Tally, cells_of, tally_of
from usagebill_tui.eventstore.parquet.connection import Shared
from usagebill_tui.eventstore.parquet.dialect import run, run_into
from usagebill_tui.eventstore.parquet.held import EVER, Span, held
from usagebill_tui.eventstore.parquet.layout import FIXED, merged
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.eventstore.parquet.reading import WHOLE, conditions_of, streamed
from usagebill_tui.eventstore.parquet.relation import NAMED, visible
from usagebill_tui.eventstore.parquet.sieving import create_view, sifted
from usagebill_tui.eventstore.parquet.staging import widened
from usagebill_tui.eventstore.parquet.untouched import counting_sql
from usagebill_tui.eventstore.sieving import alike, grouped
from usagebill_tui.eventstore.types import Search, StoredEvent
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment, batches


class ParquetFunnel:
    """The funnel of a folder of segments that the manifest behind `engine` lists."""

    def __init__(self, engine: Engine, place: Place, shared: Shared) -> None:
        self._engine = engine
        self._place = place
        self._folder = place.folder
        self._shared = shared

    def tally(self, census: Census) -> list[Tally]:
        """Count events by account and metric code, ordered by both, those counted together first."""
        relevant = self._listed(census.snapshot, Span(census.since, census.until))
        with self._shared.asking() as connection:
            events = counting_sql(connection, self._folder, relevant, census.snapshot, [])
            rows = _tallied(connection, events, census)
        return [tally_of(row) for row in rows]

    def stretches(self, stretches: Sequence[Stretch], snapshot: int) -> list[Tally | None]:
        """Tally each stretch, in the order given; None for one without events."""
        since = min((one.since for one in stretches), default=0)
        listed = self._listed(snapshot, Span(since, max((one.until for one in stretches), default=0)))
        with self._shared.asking() as connection:
            events = counting_sql(connection, self._folder, listed, snapshot, [])
            found = _stretched(connection, events, stretches)
        return [found.get(key) for key in range(len(stretches))]

    def cells(self, sieve: Sieve) -> list[Cell]:
        """Count the metric's events of some accounts, ordered by span, account and what befell them."""
        with self._sieving(sieve, self._listed(sieve.snapshot)) as connection:
            rows = run(connection, grouped(sieve, sifted(sieve)))
        return cells_of(rows)

    def events(
        self, sieve: Sieve, cells: Collection[Cell], limit: int | None = None
    ) -> Iterator[StoredEvent]:
        """Yield the events that these cells count, ordered by (timestamp, source, id)."""
        if not cells:
            return
        since, until = min(cell.first for cell in cells), max(cell.last for cell in cells) + 1
        listed = self._listed(sieve.snapshot, Span(since, until))
        with self._sieving(sieve, listed) as connection:
            run_into(connection, "chosen", alike(sieve, sifted(sieve), cells, (since, until), limit))
            names = sorted({cell.account for cell in cells})
            held = visible(listed, sieve.snapshot)
            yield from _chosen(connection, self._folder, held, (names, sieve.metric.event_code, since, until))

    def first(self, account: str, metric: str, at: int, snapshot: int) -> StoredEvent | None:
        """Return the first event, by (source, id), of an account and a metric code at an instant."""
        listed = self._listed(snapshot, Span(at, at + 1))
        with self._shared.asking() as connection:
            events = counting_sql(connection, self._folder, listed, snapshot, [])
            connection.execute(
                "CREATE OR REPLACE TEMP TABLE chosen AS SELECT batch, source, id "
                f"FROM ({events}) WHERE account = $1 AND metric = $2 "
                "AND timestamp = make_timestamp($3::BIGINT) ORDER BY source, id LIMIT 1",
                [account, metric, at],
            )
            held = visible(listed, snapshot)
            return next(_chosen(connection, self._folder, held, ([account], metric, at, at + 1)), None)

    def disputed(self, accounts: Collection[str], metric: str | None) -> Disputed:
        """Count the deliveries, of imports not taken back, that lost against other content."""
        with reading(self._engine) as session:
            known = batches(session)
            newest = max((batch.seq for batch in known), default=0)
            active = {batch.id for batch in known if batch.kind == "import" and batch.undone_by is None}
        listed = held(self._place, self._engine, ["conflicts"], newest)
        if not listed:
            return Disputed(events=0)
        with self._shared.asking() as connection:
            return _disputed(connection, self._folder, listed, (sorted(active), list(accounts), metric))

    def _listed(self, snapshot: int, span: Span = EVER) -> list[Segment]:
        return held(self._place, self._engine, ["events", "hides"], snapshot, span)

    @contextmanager
    def _sieving(self, sieve: Sieve, listed: Sequence[Segment]) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._shared.asking() as connection:
            create_view(connection, self._folder, listed, sieve)
            yield connection


def _tallied(connection: duckdb.DuckDBPyConnection, events: str, census: Census) -> list[tuple[Any, ...]]:
    """Tally by account and code; of the accounts counted together nothing else than their names is read."""
    within, parameters = conditions_of(Search(since=census.since, until=census.until))
    apart = ""
    rows: list[tuple[Any, ...]] = []
    if census.together:
        rows, others = _together(connection, f"({events}) WHERE {within}", parameters, census)
        if not others:
            return rows
        few = tuple(others) if len(others) <= NAMED else None
        within, parameters = conditions_of(Search(accounts=few, since=census.since, until=census.until))
        apart = "" if few else "SEMI JOIN apart USING (account)"
    first, after = len(parameters) + 1, len(parameters) + 2
    tallied = connection.execute(
        f"""
        SELECT account, metric, count(*), count(*) FILTER (
                timestamp >= make_timestamp(${first}::BIGINT) AND timestamp < make_timestamp(${after}::BIGINT)
            ), epoch_us(min(timestamp)), epoch_us(max(timestamp))
        FROM ({events}) {apart} WHERE {within} GROUP BY account, metric ORDER BY account, metric
        """,
        [*parameters, *census.inside],
    )
    return rows + tallied.fetchall()


def _together(
    connection: duckdb.DuckDBPyConnection, events: str, parameters: list[Any], census: Census
) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Return the row of the accounts counted together, if they have events, and the names of the others.

    These are in the table `apart` as well.
    """
    mark = len(parameters) + 1
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE counted AS
        SELECT t.account, t.events, k.account IS NOT NULL AS together
        FROM (SELECT account, count(*) AS events FROM {events} GROUP BY account) t
        LEFT JOIN (SELECT DISTINCT unnest(${mark}::VARCHAR[]) AS account) k USING (account)
        """,
        [*parameters, list(census.together)],
    )
    apart = "SELECT account FROM counted WHERE NOT together ORDER BY account"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE apart AS {apart}")
    total = connection.execute("SELECT sum(events)::BIGINT FROM counted WHERE together").fetchone()
    rows: list[tuple[Any, ...]] = [(None, None, total[0], 0, 0, 0)] if total and total[0] else []
    return rows, [name for (name,) in connection.execute("FROM apart").fetchall()]


def _stretched(
    connection: duckdb.DuckDBPyConnection, events: str, stretches: Sequence[Stretch]
) -> dict[int, Tally]:
    if not stretches:
        return {}
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE stretches AS
        SELECT unnest($1::BIGINT[]) AS key, unnest($2::VARCHAR[]) AS account, unnest($3::VARCHAR[]) AS metric,
            make_timestamp(unnest($4::BIGINT[])) AS since, make_timestamp(unnest($5::BIGINT[])) AS until
        """,
        [
            list(range(len(stretches))),
            *([getattr(one, name) for one in stretches] for name in ("account", "metric", "since", "until")),
        ],
    )
    rows = connection.execute(
        "SELECT s.key, s.account, s.metric, count(*), epoch_us(min(e.timestamp)), epoch_us(max(e.timestamp)) "
        f"FROM ({events}) e JOIN stretches s ON s.account = e.account AND s.metric = e.metric "
        "AND e.timestamp >= s.since AND e.timestamp < s.until GROUP BY s.key, s.account, s.metric"
    ).fetchall()
    return {
        key: Tally(account=account, metric=metric, events=events, inside=events, first=first, last=last)
        for key, account, metric, events, first, last in rows
    }


def _chosen(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    listed: Sequence[Segment],
    among: tuple[list[str], str, int, int],
) -> Iterator[StoredEvent]:
    """Yield the events of the table `chosen`, in time order.

    `among` are accounts, the metric code and the time [since, until) that all of them have: naming these
    spares DuckDB reading most of the files.
    """
    layout = merged(segment.layout for segment in listed)
    rows = widened([(folder / s.file, s.layout) for s in listed], layout, FIXED)
    accounts, *others = among
    marks = ", ".join(f"${number}" for number in range(4, 4 + len(accounts)))
    cursor = connection.execute(
        f"SELECT {WHOLE} FROM ({rows}) e "
        "SEMI JOIN chosen f ON f.batch = e.batch AND f.source = e.source AND f.id = e.id "
        f"WHERE e.account IN ({marks}) AND e.metric = $1 AND e.timestamp >= make_timestamp($2::BIGINT) "
        "AND e.timestamp < make_timestamp($3::BIGINT) ORDER BY us, source, id",
        [*others, *accounts],
    )
    yield from streamed(cursor, layout)


def _disputed(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    listed: Sequence[Segment],
    wanted: tuple[list[int], list[str], str | None],
) -> Disputed:
    layout = merged(segment.layout for segment in listed)
    rows = widened([(folder / s.file, s.layout) for s in listed], layout, FIXED)
    of = (
        "list_contains($1::BIGINT[], batch) AND list_contains($2::VARCHAR[], account) "
        "AND ($3::VARCHAR IS NULL OR metric = $3)"
    )
    counted = connection.execute(f"SELECT count(*) FROM ({rows}) WHERE {of}", list(wanted)).fetchone()
    cursor = connection.execute(
        f"SELECT {WHOLE} FROM ({rows}) e WHERE {of} ORDER BY us, source, id, batch LIMIT 1",
        list(wanted),
    )
    example = next(streamed(cursor, layout), None)
    return Disputed(events=counted[0] if counted else 0, example=example)
