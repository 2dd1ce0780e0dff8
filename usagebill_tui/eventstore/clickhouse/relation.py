"""The events that count at a snapshot. The visibility rule of this store is written here and nowhere else.

A row counts where the manifest lists its batch, up to the snapshot and not hidden as a whole since, and where
no listed batch up to the snapshot hides it by name. Rows of a batch that the manifest does not list, such as
those of an import that was interrupted, never count.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, case, column, false, func, literal, or_, select, table
from sqlalchemy.sql.selectable import NamedFromClause
from sqlalchemy.types import Text

from usagebill_tui.eventstore.clickhouse.server import Given, given_rows
from usagebill_tui.eventstore.conditions import QUANTITY, Property
from usagebill_tui.store.reached import Spans

_EVENT = ("batch", "source", "id", "account", "metric", "timestamp", "content", "identity")
_MAPS = ("numbers", "texts", "others")
INLINE = 50
"""So many spans of batches are written into a statement; more are sent as a table."""

EVENTS = table("events", *(column(name) for name in (*_EVENT, *_MAPS)))
CONFLICTS = table("conflicts", *(column(name) for name in (*_EVENT, *_MAPS)))
CLAIMS = table("claims", *(column(name) for name in ("batch", "source", "id", "content", "identity")))
HIDES = table("hides", *(column(name) for name in (*_EVENT, "hidden_by")))
WINDOWS = table("windows", *(column(name) for name in ("key", "account", "since", "until", "start", "held")))
WINDOWS_STRUCTURE = "key Int64, account String, since Int64, until Int64, start Int64, held Int64"


class Visible(msgspec.Struct, frozen=True):
    """The batches whose events a snapshot counts, and those that hide single events at it."""

    events: Spans
    hides: Spans


class Counting(msgspec.Struct, frozen=True):
    """A condition under which events count, and the tables that a statement with it brings along."""

    condition: ColumnElement[bool]
    given: tuple[Given, ...] = ()


Scope = Callable[[Any], Sequence[ColumnElement[bool]]]
"""Conditions on account, metric and time, given the columns of a table that has them."""


def everything(_: Any) -> Sequence[ColumnElement[bool]]:
    """Restrict nothing."""
    return ()


def counting(visible: Visible, events: NamedFromClause, scope: Scope = everything) -> Counting:
    """Return the condition under which rows of `events` count and are in scope."""
    shown, given = within(events.c.batch, visible.events, "shown_batches")
    conditions = [shown, *scope(events.c)]
    if visible.hides:
        hides = HIDES.alias("h")
        holding, more = within(hides.c.hidden_by, visible.hides, "hiding_batches")
        given += more
        hidden = select(hides.c.batch, hides.c.source, hides.c.id).where(holding, *scope(hides.c))
        conditions.append(not_among(events, hidden.scalar_subquery()))
    return Counting(and_(*conditions), given)


def not_among(events: NamedFromClause, named: Any) -> ColumnElement[bool]:
    """Return the condition that a select of batch, source and id names none of the rows."""
    key = func.tuple(events.c.batch, events.c.source, events.c.id)
    return key.op("GLOBAL NOT IN", is_comparison=True)(named)


def among(value: ColumnElement[Any], chosen: Any) -> ColumnElement[bool]:
    """Return the condition that a select, run once and sent to every shard, has a value."""
    return value.op("GLOBAL IN", is_comparison=True)(chosen)


def within(
    batch: ColumnElement[int], spans: Spans, name: str
) -> tuple[ColumnElement[bool], tuple[Given, ...]]:
    """Return the condition that a batch lies in one of these spans, and the table that it needs, if any."""
    if len(spans) <= INLINE:
        return or_(false(), *(batch.between(first, last) for first, last in spans)), ()
    given = given_rows(name, "first UInt64, last UInt64", spans)
    sent = table(name, column("first"), column("last"))
    numbers = func.arrayJoin(func.range(sent.c.first, sent.c.last + 1))
    return among(batch, select(numbers).scalar_subquery()), (given,)


def property_of(events: NamedFromClause, path: str) -> Property:
    """Return the number and the text of a property, null where it has none."""
    key = literal(path)

    def kept(column_: ColumnElement[Any], value: Any) -> tuple[Any, Any]:
        return func.mapContains(column_, key), value

    numbers, texts, others = (events.c[name] for name in _MAPS)
    number: ColumnElement[Any] = case((func.mapContains(numbers, key), numbers_at(numbers, key)), else_=None)
    text: ColumnElement[Any] = case(
        kept(texts, func.arrayElement(texts, key, type_=Text())),
        kept(others, func.arrayElement(others, key, type_=Text())),
        kept(numbers, func.toString(numbers_at(numbers, key), type_=Text())),
        else_=None,
    )
    return Property(number, text)


def numbers_at(numbers: ColumnElement[Any], key: ColumnElement[str]) -> ColumnElement[Any]:
    """Return the number of a property in a map that has one."""
    return func.arrayElement(numbers, key, type_=QUANTITY)
