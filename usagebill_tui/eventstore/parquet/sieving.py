"""A metric's conditions on single events, as SQL: which span, which property, which condition unmet."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    column,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    table,
)
from sqlalchemy.types import Text

from usagebill_tui.eventstore.conditions import QUANTITY, Property, condition, excluded
from usagebill_tui.eventstore.funnel import Cell, Sieve
from usagebill_tui.eventstore.parquet.untouched import counting_sql
from usagebill_tui.eventstore.query import paths_of
from usagebill_tui.store.manifest import Segment

_FIXED = ("batch", "source", "id", "account", "metric", "timestamp")


def create_view(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Sequence[Segment], sieve: Sieve
) -> None:
    """Make the view `sieved` of the events that count, with the properties that the metric looks at."""
    # A view, so that SQLAlchemy never reads the names of files and properties for its own marks.
    sql = counting_sql(connection, folder, segments, sieve.snapshot, _paths(sieve))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW sieved AS {sql}")


def grouped(sieve: Sieve) -> Select[Any]:
    """Return the select of span, account, found, unmet, and events, first and last in microseconds."""
    decided = _decided(sieve).subquery("decided")
    key = [decided.c.span, decided.c.account, decided.c.found, decided.c.unmet]
    instant = decided.c.instant
    return select(*key, func.count(), func.min(instant), func.max(instant)).group_by(*key)


def alike(sieve: Sieve, cells: Collection[Cell], within: tuple[int, int], limit: int | None) -> Select[Any]:
    """Return the select of batch, source and id of the events that the cells count, first ones first."""
    decided = _decided(sieve, within).subquery("decided")
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


def _decided(sieve: Sieve, within: tuple[int, int] | None = None) -> Select[Any]:
    """Return the select of each event's identity and time, and what decides about it."""
    paths = _paths(sieve)
    typed = [column(f"n{k}", QUANTITY) for k in range(len(paths))]
    texts = [column(f"t{k}", Text()) for k in range(len(paths))]
    events = table("sieved", *(column(name) for name in _FIXED), *typed, *texts).alias("e")
    properties = {path: Property(events.c[f"n{k}"], events.c[f"t{k}"]) for k, path in enumerate(paths)}
    instant = func.epoch_us(events.c.timestamp)
    query = select(
        *(events.c[name] for name in ("batch", "source", "id", "account")),
        instant.label("instant"),
        _span(sieve, instant).label("span"),
        _found(sieve, properties).label("found"),
        _unmet(sieve, properties).label("unmet"),
    ).where(events.c.metric == sieve.metric.event_code, events.c.account.in_(sieve.accounts))
    if within is None:
        return query
    since, until = (func.make_timestamp(instant) for instant in within)
    return query.where(events.c.timestamp >= since, events.c.timestamp < until)


def _span(sieve: Sieve, instant: ColumnElement[int]) -> ColumnElement[int]:
    if not sieve.edges:
        return literal(0)
    return case(
        *((instant < edge, number) for number, edge in enumerate(sieve.edges)), else_=len(sieve.edges)
    )


def _found(sieve: Sieve, properties: dict[str, Property]) -> ColumnElement[str]:
    path = sieve.metric.property
    if sieve.reads == "nothing" or path is None:
        return literal("usable")
    prop = properties[path]
    usable = prop.number if sieve.reads == "number" else prop.text
    return case((usable.is_not(None), "usable"), (prop.text.is_(None), "missing"), else_="unusable")


def _unmet(sieve: Sieve, properties: dict[str, Property]) -> ColumnElement[int | None]:
    failing = [not_(condition(properties[f.property], f)) for f in sieve.metric.filters]
    failing += [
        and_(*(excluded(properties[path], value) for path, value in exclusion.items()))
        for exclusion in sieve.metric.exclude
    ]
    return case(*((failed, number) for number, failed in enumerate([*failing, false()])), else_=None)


def _paths(sieve: Sieve) -> list[str]:
    return paths_of(sieve.metric, [], [])
