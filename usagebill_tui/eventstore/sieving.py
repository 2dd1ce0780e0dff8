"""A metric's conditions on single events, as SQL: which span, which property, which condition unmet."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, not_, or_, select

from usagebill_tui.eventstore.conditions import Property, condition, excluded
from usagebill_tui.eventstore.funnel import Cell, Sieve
from usagebill_tui.eventstore.query import paths_of


class Sifted(msgspec.Struct, frozen=True, kw_only=True):
    """The events that an engine sifts: columns of those that count, or do under a condition.

    `columns` has batch, source, id, account, metric and timestamp; `instant` is the time in microseconds,
    `at` makes of a number of them what the timestamp is compared with.
    """

    columns: Any
    instant: ColumnElement[int]
    at: Callable[[int], ColumnElement[Any]]
    properties: Mapping[str, Property]
    counting: ColumnElement[bool] | None = None


def sifted_paths(sieve: Sieve) -> list[str]:
    """Return the paths of the properties that decide about events."""
    return paths_of(sieve.metric, [], [])


def grouped(sieve: Sieve, sifted: Sifted) -> Select[Any]:
    """Return the select of span, account, found, unmet, and events, first and last in microseconds."""
    decided = _decided(sieve, sifted).subquery("decided")
    key = [decided.c.span, decided.c.account, decided.c.found, decided.c.unmet]
    instant = decided.c.instant
    return select(*key, func.count(), func.min(instant), func.max(instant)).group_by(*key)


def alike(
    sieve: Sieve, sifted: Sifted, cells: Collection[Cell], within: tuple[int, int], limit: int | None
) -> Select[Any]:
    """Return the select of batch, source and id of the events that the cells count, first ones first."""
    decided = _decided(sieve, sifted, within).subquery("decided")
    c = decided.c
    wanted = [
        and_(
            c.span == cell.span,
            c.account == cell.account,
            c.found == cell.found,
            c.unmet.is_(None) if cell.unmet is None else c.unmet == cell.unmet,
        )
        for cell in cells
    ]
    query = select(c.batch, c.source, c.id).where(or_(*wanted)).order_by(c.instant, c.source, c.id)
    return query if limit is None else query.limit(limit)


def _decided(sieve: Sieve, sifted: Sifted, within: tuple[int, int] | None = None) -> Select[Any]:
    """Return the select of each event's identity and time, and what decides about it."""
    columns = sifted.columns
    query = select(
        *(columns[name] for name in ("batch", "source", "id", "account")),
        sifted.instant.label("instant"),
        _span(sieve, sifted.instant).label("span"),
        _found(sieve, sifted.properties).label("found"),
        _unmet(sieve, sifted.properties).label("unmet"),
    ).where(columns.metric == sieve.metric.event_code, columns.account.in_(sieve.accounts))
    if sifted.counting is not None:
        query = query.where(sifted.counting)
    if within is None:
        return query
    since, until = (sifted.at(instant) for instant in within)
    return query.where(columns.timestamp >= since, columns.timestamp < until)


def _span(sieve: Sieve, instant: ColumnElement[int]) -> ColumnElement[int]:
    if not sieve.edges:
        return literal(0)
    return case(
        *((instant < edge, number) for number, edge in enumerate(sieve.edges)), else_=len(sieve.edges)
    )


def _found(sieve: Sieve, properties: Mapping[str, Property]) -> ColumnElement[str]:
    path = sieve.metric.property
    if sieve.reads == "nothing" or path is None:
        return literal("usable")
    prop = properties[path]
    usable = prop.number if sieve.reads == "number" else prop.text
    return case((usable.is_not(None), "usable"), (prop.text.is_(None), "missing"), else_="unusable")


def _unmet(sieve: Sieve, properties: Mapping[str, Property]) -> ColumnElement[int | None]:
    failing = [not_(condition(properties[f.property], f)) for f in sieve.metric.filters]
    failing += [
        and_(*(excluded(properties[path], value) for path, value in exclusion.items()))
        for exclusion in sieve.metric.exclude
    ]
    return case(*((failed, number) for number, failed in enumerate([*failing, false()])), else_=None)
