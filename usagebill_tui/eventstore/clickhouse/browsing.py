"""Browsing events in ClickHouse: a page at a time."""

import threading
from bisect import bisect_right
from collections.abc import Sequence
from itertools import islice
from math import gcd
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, or_, select

from usagebill_tui.domain.paging import PageFound
from usagebill_tui.eventstore.browsing import Line, Order, Sought
from usagebill_tui.eventstore.clickhouse.dialect import statement
from usagebill_tui.eventstore.clickhouse.importing import seen
from usagebill_tui.eventstore.clickhouse.reading import Named, event_of, found, whole
from usagebill_tui.eventstore.clickhouse.relation import EVENTS, Counting, counting
from usagebill_tui.eventstore.clickhouse.server import Given, Server
from usagebill_tui.eventstore.types import Search, StoredEvent

MOST_PATHS = 40
"""A list shows so many different properties; the others are in the event itself."""
_KEPT_COUNTS = 64


class ClickHouseBrowser:
    """Pages of the events on a server, of which the manifest lies behind `engine`."""

    def __init__(self, engine: Engine, server: Server) -> None:
        self._engine = engine
        self._server = server
        self._lock = threading.Lock()
        self._counts: dict[tuple[Sought, int], int] = {}

    def page(self, sought: Sought, order: Order, snapshot: int) -> PageFound[Line]:
        """Return a page of the events sought, how many those are, and how many events there are."""
        total = self._count(Sought(), snapshot)
        matching = self._count(sought, snapshot)
        return PageFound(self._lines(sought, order, matching, snapshot), matching, total)

    def event(self, line: Line, snapshot: int) -> StoredEvent | None:
        """Return an event of a page with all its properties; None where it does not count any more."""
        events = EVENTS.alias("e")
        counted = counting(
            seen(self._engine, snapshot)[1],
            events,
            lambda rows: [
                rows.metric == line.metric,
                rows.account == line.account,
                rows.timestamp == line.timestamp,
            ],
        )
        c = events.c
        one = (c.batch == line.batch, c.source == line.source, c.id == line.id)
        query = whole(events).where(counted.condition, *one)
        return next(found(self._server, query, counted.given), None)

    def counts(self, edges: Sequence[int], snapshot: int) -> list[int]:
        """Count the events between each two of these rising instants, in microseconds, [since, until)."""
        first, last = edges[0], edges[-1]
        events = EVENTS.alias("e")
        counted = counting(
            seen(self._engine, snapshot)[1],
            events,
            lambda rows: [rows.timestamp >= first, rows.timestamp < last],
        )
        step = gcd(*(edge - first for edge in edges))
        # Division cuts towards zero, so that what is divided must not be negative.
        place = func.intDiv(events.c.timestamp - first, step).label("place")
        query = select(place, func.count()).where(counted.condition).group_by(place)
        totals = [0] * (len(edges) - 1)
        for steps, number in self._server.rows(statement(query, counted.given)):
            totals[bisect_right(edges, first + steps * step) - 1] += number
        return totals

    def _count(self, sought: Sought, snapshot: int) -> int:
        """Count, once for each snapshot: what is visible at it stays so."""
        known = self._counts.get((sought, snapshot))
        if known is not None:
            return known
        _, counted, given = self._sought(sought, snapshot)
        query = select(func.count()).where(counted.condition)
        number = int(self._server.value(statement(query, given)))
        with self._lock:
            if len(self._counts) >= _KEPT_COUNTS:
                self._counts.clear()
            self._counts[sought, snapshot] = number
        return number

    def _lines(self, sought: Sought, order: Order, matching: int, snapshot: int) -> list[Line]:
        limit = min(order.limit, matching - order.offset)
        if limit <= 0:
            return []
        # What lies nearer to the other end is found from there: fewer rows are kept while sorting.
        after = matching - order.offset - limit
        turned = after < order.offset
        earliest_first = order.earliest_first != turned
        events, counted, given = self._sought(sought, snapshot)
        c = events.c
        by = [c.timestamp, c.source, c.id]
        query = whole(events).where(counted.condition)
        query = query.order_by(*(by if earliest_first else [one.desc() for one in by]))
        query = query.limit(limit).offset(after if turned else order.offset)
        lines = [_line(event_of(row)) for row in self._server.rows(statement(query, given))]
        return lines[::-1] if turned else lines

    def _sought(self, sought: Sought, snapshot: int) -> tuple[Any, Counting, list[Given]]:
        """Return the events, the condition under which they count and are sought, and the tables it needs."""
        named = Named(
            Search(accounts=sought.accounts, metrics=sought.metrics, since=sought.since, until=sought.until)
        )
        events = EVENTS.alias("e")

        def scope(rows: Any) -> Sequence[ColumnElement[bool]]:
            conditions = list(named(rows))
            if sought.text:
                held = sought.text.lower()
                told = (func.lowerUTF8(rows.account), func.lowerUTF8(func.toString(rows.metric)))
                conditions.append(or_(*(func.position(one, held) > 0 for one in told)))
            if sought.id:
                conditions.append(func.startsWith(rows.id, sought.id))
            return conditions

        counted = counting(seen(self._engine, snapshot)[1], events, scope)
        return events, counted, [*counted.given, *named.given]


def _line(event: StoredEvent) -> Line:
    first = islice(event.properties.items(), MOST_PATHS)
    return Line(
        batch=event.batch,
        source=event.source,
        id=event.id,
        account=event.account,
        metric=event.metric,
        timestamp=event.timestamp,
        properties={path: value.as_text() for path, value in first},
    )
