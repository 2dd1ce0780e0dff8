"""Browsing events: the page that is asked for out of millions, without sorting or reading the others."""

import threading
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import gcd
from typing import Any

import duckdb
from sqlalchemy import Engine

from usagebill_tui.domain.paging import PageFound
from usagebill_tui.eventstore.browsing import Line, Order, Sought
from usagebill_tui.eventstore.parquet.connection import Shared
from usagebill_tui.eventstore.parquet.held import Span, held, overlapping, tolerant
from usagebill_tui.eventstore.parquet.layout import FIXED, merged
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.eventstore.parquet.reading import stored_event
from usagebill_tui.eventstore.parquet.relation import events_sql, visible
from usagebill_tui.eventstore.parquet.staging import widened
from usagebill_tui.eventstore.types import StoredEvent
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment, segments

MOST_PATHS = 40
"""A list shows so many different properties; the others are in the event itself."""
_KEPT_COUNTS = 64
_NAMED = 100
_FEW = 2_000
"""So many events are read and sorted at once; to look first how far a page reaches takes longer."""
_SPARE = 8
"""How many times as much time as a page would need were events spread evenly is looked at first."""
_ONE = (
    "account = $1 AND metric = $2 AND timestamp = make_timestamp($3::BIGINT) "
    "AND batch = $4 AND source = $5 AND id = $6"
)
_FIXED = "batch, source, id, account, metric, epoch_us(timestamp) AS us"


class ParquetBrowser:
    """Pages of the events in a folder of segments that the manifest behind `engine` lists."""

    def __init__(self, engine: Engine, place: Place, shared: Shared) -> None:
        self._engine = engine
        self._place = place
        self._folder = place.folder
        self._shared = shared
        self._lock = threading.Lock()
        self._counted: dict[tuple[Sought, int], int] = {}

    def page(self, sought: Sought, order: Order, snapshot: int) -> PageFound[Line]:
        """Return a page of the events sought, how many those are, and how many events there are."""
        return tolerant(lambda: self._page(sought, order, snapshot))

    def _page(self, sought: Sought, order: Order, snapshot: int) -> PageFound[Line]:
        listed = self._listed(snapshot)
        with self._shared.asking() as connection:
            total = self._count(connection, listed, Sought(), snapshot)
            matching = self._count(connection, listed, sought, snapshot)
            lines = self._lines(connection, listed, sought, order, matching, snapshot)
        return PageFound(lines, matching, total)

    def event(self, line: Line, snapshot: int) -> StoredEvent | None:
        """Return an event of a page with all its properties; None where it does not count any more."""
        span = Span(line.timestamp, line.timestamp + 1)
        listed = held(self._place, self._engine, ["events", "hides"], snapshot, span)
        known = [line.account, line.metric, line.timestamp, line.batch, line.source, line.id]
        with self._shared.asking() as connection:
            events = events_sql(self._folder, listed, snapshot, [])
            if connection.execute(f"SELECT 1 FROM ({events}) WHERE {_ONE}", known).fetchone() is None:
                return None
            holding = visible(listed, snapshot)
            layout = merged(segment.layout for segment in holding)
            rows = widened([(self._folder / s.file, s.layout) for s in holding], layout, FIXED)
            cursor = connection.execute(
                f"SELECT epoch_us(timestamp) AS us, * EXCLUDE (timestamp) FROM ({rows}) WHERE {_ONE}", known
            )
            names = [column[0] for column in cursor.description or ()]
            return stored_event(dict(zip(names, cursor.fetchone() or (), strict=True)), layout)

    def counts(self, edges: Sequence[int], snapshot: int) -> list[int]:
        """Count the events between each two of these rising instants, in microseconds, [since, until)."""
        return tolerant(lambda: self._counts_between(edges, snapshot))

    def _counts_between(self, edges: Sequence[int], snapshot: int) -> list[int]:
        listed = overlapping(self._listed(snapshot), Span(edges[0], edges[-1]))
        whole, others = _within_one(listed, edges, snapshot)
        found = [0] * (len(edges) - 1)
        for place, segment in whole:
            found[place] += segment.rows
        step = gcd(*edges)
        if others:
            for instant, events in self._by_step(others, (edges[0], edges[-1]), step, snapshot):
                found[bisect_right(edges, instant) - 1] += events
        return found

    def _by_step(
        self, listed: Sequence[Segment], span: tuple[int, int], step: int, snapshot: int
    ) -> list[tuple[int, int]]:
        """Count events by steps of time of which every edge is a multiple, in microseconds."""
        self._place.fetch(listed)
        with self._shared.asking() as connection:
            return connection.execute(
                f"SELECT (epoch_us(timestamp) - $3) // {step:d} * {step:d} + $3 AS step, count(*) "
                f"FROM ({events_sql(self._folder, listed, snapshot, [])}) "
                "WHERE timestamp >= make_timestamp($1::BIGINT) AND timestamp < make_timestamp($2::BIGINT) "
                "GROUP BY step",
                # Division cuts towards zero, so that what is divided must not be negative.
                [*span, span[0]],
            ).fetchall()

    def _listed(self, snapshot: int) -> list[Segment]:
        with reading(self._engine) as session:
            return segments(session, ["events", "hides"], snapshot)

    def _count(
        self, connection: duckdb.DuckDBPyConnection, listed: Sequence[Segment], sought: Sought, snapshot: int
    ) -> int:
        """Count, once for each snapshot: what is visible at it stays so."""
        known = self._counted.get((sought, snapshot))
        if known is not None:
            return known
        if sought == Sought() and _is_plain(listed):
            counted = sum(segment.rows for segment in visible(listed, snapshot))
        else:
            conditions, parameters = _conditions(sought)
            relevant = overlapping(listed, Span(sought.since, sought.until))
            self._place.fetch(relevant)
            events = events_sql(self._folder, relevant, snapshot, [])
            row = connection.execute(f"SELECT count(*) FROM ({events}) WHERE {conditions}", parameters)
            counted = int((row.fetchone() or (0,))[0])
        with self._lock:
            if len(self._counted) >= _KEPT_COUNTS:
                self._counted.clear()
            self._counted[sought, snapshot] = counted
        return counted

    def _lines(
        self,
        connection: duckdb.DuckDBPyConnection,
        listed: Sequence[Segment],
        sought: Sought,
        order: Order,
        matching: int,
        snapshot: int,
    ) -> list[Line]:
        limit = min(order.limit, matching - order.offset)
        if limit <= 0:
            return []
        # What lies nearer to the other end is found from there: nothing far away is ever sorted.
        after = matching - order.offset - limit
        turned = after < order.offset
        reached = Order(
            earliest_first=order.earliest_first != turned,
            offset=after if turned else order.offset,
            limit=limit,
        )
        lines = self._reached(connection, listed, sought, reached, snapshot, few=matching <= _FEW)
        return lines[::-1] if turned else lines

    def _reached(
        self,
        connection: duckdb.DuckDBPyConnection,
        listed: Sequence[Segment],
        sought: Sought,
        order: Order,
        snapshot: int,
        *,
        few: bool,
    ) -> list[Line]:
        """Return a page near the beginning of an order.

        Two steps: the time that the page reaches to, found from times alone; then the rows up to it. A few
        are found in the second alone.
        """
        needed = order.offset + order.limit
        relevant = overlapping(listed, Span(sought.since, sought.until))
        if sought == Sought():
            relevant = _surely_enough(relevant, needed, earliest=order.earliest_first)
        self._place.fetch(relevant)
        conditions, parameters = _conditions(sought)
        way, sign = ("ASC", "<=") if order.earliest_first else ("DESC", ">=")
        bare = events_sql(self._folder, relevant, snapshot, [])
        holding, up_to = relevant, ""
        if not few:
            edge = _edge(connection, f"({bare}) WHERE {conditions}", parameters, order, relevant)
            if edge is None:
                return []
            span = Span(None, edge + 1) if order.earliest_first else Span(edge, None)
            holding = overlapping(relevant, span)
            up_to = f" AND timestamp {sign} make_timestamp({edge:d}::BIGINT)"
        paths = list(merged(segment.layout for segment in visible(holding, snapshot)))[:MOST_PATHS]
        texts = "".join(f", t{place}" for place in range(len(paths)))
        rows = connection.execute(
            f"SELECT {_FIXED}{texts} FROM ({events_sql(self._folder, holding, snapshot, paths)}) "
            f"WHERE {conditions}{up_to} "
            f"ORDER BY timestamp {way}, source {way}, id {way} LIMIT {order.limit} OFFSET {order.offset}",
            parameters,
        ).fetchall()
        return [_line(row, paths) for row in rows]


def _edge(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    parameters: Sequence[Any],
    order: Order,
    relevant: Sequence[Segment],
) -> int | None:
    """Return the time of the last event up to the end of a page; None where there are fewer events.

    It is looked for near the beginning of the order first: where a file's rows are in the order of time, as
    they mostly are, DuckDB reads a few of its row groups then, instead of all.
    """
    way, sign = ("ASC", "<") if order.earliest_first else ("DESC", ">=")
    needed = order.offset + order.limit
    nearer = [
        f" AND timestamp {sign} make_timestamp({instant}::BIGINT)" for instant in _nearer(relevant, order)
    ]
    for bound in (*nearer, ""):
        found = connection.execute(
            f"SELECT epoch_us(timestamp) FROM {rows}{bound} "
            f"ORDER BY timestamp {way} LIMIT 1 OFFSET {needed - 1}",
            parameters,
        ).fetchone()
        if found is not None:
            return int(found[0])
    return None


def _nearer(relevant: Sequence[Segment], order: Order) -> list[int]:
    """Return instants up to which a page probably reaches, were events spread evenly over their time."""
    events = [segment for segment in relevant if segment.kind == "events"]
    rows = sum(segment.rows for segment in events)
    needed = (order.offset + order.limit) * _SPARE
    if rows < needed * _SPARE:
        return []
    first, last = min(s.first_at for s in events), max(s.last_at for s in events)
    span = max((last - first) * needed // rows, 1)
    return [first + span if order.earliest_first else last - span]


def _line(row: Sequence[Any], paths: Sequence[str]) -> Line:
    batch, source, identity, account, metric, us, *texts = row
    return Line(
        batch=batch,
        source=source,
        id=identity,
        account=account,
        metric=metric,
        timestamp=us,
        properties={path: text for path, text in zip(paths, texts, strict=True) if text is not None},
    )


def _conditions(sought: Sought) -> tuple[str, list[Any]]:
    conditions = ["true"]
    parameters: list[Any] = []

    def mark(value: Any) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    for column, values in (("account", sought.accounts), ("metric", sought.metrics)):
        if values is not None:
            # Named one by one, they spare DuckDB the row groups without them.
            if 0 < len(values) <= _NAMED:
                conditions.append(f"{column} IN ({', '.join(mark(value) for value in values)})")
            else:
                conditions.append(f"list_contains({mark(list(values))}::VARCHAR[], {column})")
    for sign, instant in ((">=", sought.since), ("<", sought.until)):
        if instant is not None:
            conditions.append(f"timestamp {sign} make_timestamp({mark(instant)}::BIGINT)")
    if sought.text:
        held = mark(sought.text.lower())
        conditions.append(f"(contains(lower(account), {held}) OR contains(lower(metric), {held}))")
    if sought.id:
        conditions.append(f"starts_with(id, {mark(sought.id)})")
    return " AND ".join(conditions), parameters


def _is_plain(listed: Sequence[Segment]) -> bool:
    """Tell whether all rows of all segments count, so that the manifest alone tells how many."""
    return all(segment.kind == "events" and segment.reach is None for segment in listed)


def _surely_enough(listed: Sequence[Segment], needed: int, *, earliest: bool) -> list[Segment]:
    """Return the segments among which the first `needed` events of an order lie, whatever is hidden.

    The manifest's times tell: once that many rows lie at or before some instant of the order, no segment that
    begins after it is needed.
    """

    def nearest(segment: Segment) -> int:
        return segment.first_at if earliest else -segment.last_at

    def farthest(segment: Segment) -> int:
        return segment.last_at if earliest else -segment.first_at

    hidden = sum(segment.rows for segment in listed if segment.kind == "hides")
    sure = 0
    events = [s for s in listed if s.kind == "events" and s.hidden_from is None]
    for segment in sorted(events, key=farthest):
        sure += segment.rows if segment.reach is None else 0
        if sure >= needed + hidden:
            reach = farthest(segment)
            return [s for s in listed if s.kind != "events" or nearest(s) <= reach]
    return list(listed)


def _within_one(
    listed: Sequence[Segment], edges: Sequence[int], snapshot: int
) -> tuple[list[tuple[int, Segment]], list[Segment]]:
    """Return the segments that lie between two edges as a whole, with their place, and the others.

    None does where something is hidden: only reading tells then.
    """
    if not _is_plain(listed):
        return [], list(listed)
    whole: list[tuple[int, Segment]] = []
    others: list[Segment] = []
    spans = list(enumerate(pairwise(edges)))
    for segment in visible(listed, snapshot):
        within = [k for k, (first, after) in spans if first <= segment.first_at and segment.last_at < after]
        if within:
            whole.append((within[0], segment))
        else:
            others.append(segment)
    return whole, others
