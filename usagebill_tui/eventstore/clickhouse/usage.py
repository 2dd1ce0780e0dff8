"""ClickHouse, asked one question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from usagebill_tui.domain.aggregation import Measure
from usagebill_tui.eventstore.answering import window_rows
from usagebill_tui.eventstore.clickhouse.dialect import ClickHouseTranslation, statement
from usagebill_tui.eventstore.clickhouse.reading import found, in_order, whole
from usagebill_tui.eventstore.clickhouse.relation import (
    EVENTS,
    WINDOWS,
    WINDOWS_STRUCTURE,
    Visible,
    among,
    counting,
    property_of,
)
from usagebill_tui.eventstore.clickhouse.server import Given, Row, Server, given_rows
from usagebill_tui.eventstore.query import UsageQuery, paths_of
from usagebill_tui.eventstore.types import Question, StoredEvent, Window


class ClickHouseEngine:
    """The events on a server that count at a question's snapshot.

    `given` are the tables that statements with its query bring along.
    """

    def __init__(self, server: Server, visible: Visible) -> None:
        self._server = server
        self._visible = visible
        self.given: tuple[Given, ...] = ()

    def query(
        self, question: Question, read: Iterable[str], measures: Mapping[str, Measure] | None = None
    ) -> UsageQuery:
        """Return the question as a query that reads these properties."""
        events = EVENTS.alias("e")
        counted = counting(self._visible, events, _Scope(question))
        windows = given_rows("windows", WINDOWS_STRUCTURE, window_rows(question.windows))
        self.given = (windows, *counted.given)
        paths = paths_of(question.metric, read, question.told)
        return UsageQuery(
            question.metric,
            events,
            WINDOWS.alias("w"),
            {path: property_of(events, path) for path in paths},
            ClickHouseTranslation(),
            question.only,
            counted.condition,
            question.parts,
        )

    def run(self, select: Select[Any]) -> list[Row]:
        """Run a select and return all its rows."""
        return self._server.rows(statement(select, self.given))

    def stream(self, select: Select[Any], size: int) -> Iterator[list[Row]]:
        """Run a select and yield its rows, at most `size` at a time."""
        return self._server.stream(statement(select, self.given), size)

    def matching(self, question: Question) -> Iterator[StoredEvent]:
        """Yield the events that a question is about, ordered by (timestamp, source, id)."""
        wanted = self.query(question, []).matching().scalar_subquery()
        events = EVENTS.alias("m")
        key = func.tuple(events.c.batch, events.c.source, events.c.id)
        query = whole(events).where(*_Scope(question)(events.c), among(key, wanted))
        return found(self._server, query.order_by(*in_order(events)), self.given)


class _Scope:
    """What all events of a question have in common: so little is read where one customer is asked about."""

    def __init__(self, question: Question) -> None:
        self._metric = question.metric.event_code
        self._since, self._until = _bounds(question.windows)

    def __call__(self, rows: Any) -> Sequence[ColumnElement[bool]]:
        accounts = select(WINDOWS.c.account).scalar_subquery()
        return (
            rows.metric == self._metric,
            among(rows.account, accounts),
            rows.timestamp >= self._since,
            rows.timestamp < self._until,
        )


def _bounds(windows: Sequence[Window]) -> tuple[int, int]:
    since = min((window.since for window in windows), default=0)
    return since, max((window.until for window in windows), default=0)
