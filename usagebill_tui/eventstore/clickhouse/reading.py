"""Reading events back: in time order, with all their properties."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, column, select, table
from sqlalchemy.sql.selectable import NamedFromClause

from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import normalized
from usagebill_tui.eventstore.clickhouse.dialect import statement
from usagebill_tui.eventstore.clickhouse.relation import EVENTS, Visible, among, counting
from usagebill_tui.eventstore.clickhouse.server import Given, Row, Server, given_rows
from usagebill_tui.eventstore.types import Search, StoredEvent

_BATCH = 2_000


def search(server: Server, visible: Visible, what: Search) -> Iterator[StoredEvent]:
    """Yield the events that count, ordered by (timestamp, source, id)."""
    scope = Named(what)
    events = EVENTS.alias("e")
    counted = counting(visible, events, scope)
    query = whole(events).where(counted.condition).order_by(*in_order(events))
    if what.limit is not None:
        query = query.limit(what.limit)
    return found(server, query, [*counted.given, *scope.given])


def whole(events: NamedFromClause) -> Select[Any]:
    """Return the select of all that is kept of events; see `event_of`."""
    names = ("batch", "source", "id", "account", "metric", "timestamp", "numbers", "texts", "others")
    return select(*(events.c[name] for name in names))


def in_order(events: NamedFromClause) -> list[ColumnElement[Any]]:
    """Return the order that matters wherever order matters."""
    return [events.c.timestamp, events.c.source, events.c.id]


def found(server: Server, query: Select[Any], given: Sequence[Given] = ()) -> Iterator[StoredEvent]:
    """Yield the events of a select of `whole` rows."""
    for rows in server.stream(statement(query, given), _BATCH):
        for row in rows:
            yield event_of(row)


def event_of(row: Row) -> StoredEvent:
    """Return the event that a row of `whole` holds."""
    batch, source, identity, account, metric, timestamp, numbers, texts, others = row
    return StoredEvent(
        batch=batch,
        source=source,
        id=identity,
        account=account,
        metric=metric,
        timestamp=timestamp,
        properties=properties_of(numbers, texts, others),
    )


def properties_of(
    numbers: Mapping[str, Decimal], texts: Mapping[str, str], others: Mapping[str, str]
) -> dict[str, Value]:
    """Return properties by their path."""
    paths = sorted({*numbers, *texts, *others})
    return {
        path: Value(normalized(numbers[path]) if path in numbers else None, texts.get(path), others.get(path))
        for path in paths
    }


class Named:
    """The scope of a search; names are sent as tables, however many there are."""

    def __init__(self, what: Search) -> None:
        self._what = what
        self.given: list[Given] = []
        for name, values in (("account", what.accounts), ("metric", what.metrics)):
            if values is not None:
                self.given.append(names_table(f"sought_{name}s", values))

    def __call__(self, rows: Any) -> Sequence[ColumnElement[bool]]:
        """Return the conditions."""
        what = self._what
        conditions = []
        for name, values in (("account", what.accounts), ("metric", what.metrics)):
            if values is not None:
                conditions.append(is_named(rows[name], f"sought_{name}s"))
        if what.since is not None:
            conditions.append(rows.timestamp >= what.since)
        if what.until is not None:
            conditions.append(rows.timestamp < what.until)
        return conditions


def names_table(name: str, values: Sequence[str]) -> Given:
    """Return a table of names, to be sent along."""
    return given_rows(name, "name String", [(value,) for value in values])


def is_named(value: ColumnElement[Any], names: str) -> ColumnElement[bool]:
    """Return the condition that a value is in a table of names."""
    sent = table(names, column("name"))
    return among(value, select(sent.c.name).scalar_subquery())
