"""Counting and finding events on their way to an invoice, with ClickHouse."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, column, func, literal, null, select, table

from usagebill_tui.eventstore.clickhouse.dialect import ClickHouseTranslation, statement
from usagebill_tui.eventstore.clickhouse.importing import seen
from usagebill_tui.eventstore.clickhouse.reading import found, in_order, is_named, names_table, whole
from usagebill_tui.eventstore.clickhouse.relation import (
    CONFLICTS,
    EVENTS,
    among,
    counting,
    property_of,
    within,
)
from usagebill_tui.eventstore.clickhouse.server import Given, Server, given_rows
from usagebill_tui.eventstore.funnel import Cell, Census, Disputed, Sieve, Stretch, Tally, cells_of, tally_of
from usagebill_tui.eventstore.sieving import Sifted, alike, grouped, sifted_paths
from usagebill_tui.eventstore.types import StoredEvent
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import batches
from usagebill_tui.store.reached import spans

_STRETCHES = table("stretches", *(column(name) for name in ("key", "account", "metric", "since", "until")))
_STRUCTURE = "key Int64, account String, metric String, since Int64, until Int64"


class ClickHouseFunnel:
    """The funnel of the events on a server, of which the manifest lies behind `engine`."""

    def __init__(self, engine: Engine, server: Server) -> None:
        self._engine = engine
        self._server = server

    def tally(self, census: Census) -> list[Tally]:
        """Count events by account and metric code, ordered by both, those counted together first."""
        e = EVENTS.alias("e")
        counted = counting(self._visible(census.snapshot), e, lambda rows: _between(rows, census))
        together = names_table("together", sorted(set(census.together)))
        apart = ~is_named(e.c.account, "together")
        account = func.if_(apart, e.c.account, null()).label("a")
        metric = func.if_(apart, func.toString(e.c.metric), null()).label("m")
        since, until = census.inside
        inside = func.countIf(and_(e.c.timestamp >= since, e.c.timestamp < until))
        times = (func.min(e.c.timestamp), func.max(e.c.timestamp))
        query = select(account, metric, func.count(), inside, *times).where(counted.condition)
        rows = self._server.rows(statement(query.group_by(account, metric), [*counted.given, together]))
        return [tally_of(row) for row in sorted(rows, key=_nulls_first)]

    def stretches(self, stretches: Sequence[Stretch], snapshot: int) -> list[Tally | None]:
        """Tally each stretch, in the order given; None for one without events."""
        if not stretches:
            return []
        e, s = EVENTS.alias("e"), _STRETCHES.alias("s")
        accounts = select(_STRETCHES.c.account).scalar_subquery()
        since, until = min(one.since for one in stretches), max(one.until for one in stretches)
        counted = counting(
            self._visible(snapshot),
            e,
            lambda rows: [
                among(rows.account, accounts),
                rows.timestamp >= since,
                rows.timestamp < until,
            ],
        )
        same = and_(
            s.c.account == e.c.account,
            s.c.metric == e.c.metric,
            e.c.timestamp >= s.c.since,
            e.c.timestamp < s.c.until,
        )
        key = (s.c.key, s.c.account, s.c.metric)
        query = (
            select(*key, func.count(), func.min(e.c.timestamp), func.max(e.c.timestamp))
            .select_from(ClickHouseTranslation().joined(e, s, same))
            .where(counted.condition)
            .group_by(*key)
        )
        rows = [(key, one.account, one.metric, one.since, one.until) for key, one in enumerate(stretches)]
        sent = given_rows("stretches", _STRUCTURE, rows)
        tallies = {
            key: tally_of((account, metric, events, events, first, last))
            for key, account, metric, events, first, last in self._server.rows(
                statement(query, [*counted.given, sent])
            )
        }
        return [tallies.get(key) for key in range(len(stretches))]

    def cells(self, sieve: Sieve) -> list[Cell]:
        """Count the metric's events of some accounts, ordered by span, account and what befell them."""
        sifted, given = self._sifted(sieve)
        return cells_of(self._server.rows(statement(grouped(sieve, sifted), given)))

    def events(
        self, sieve: Sieve, cells: Collection[Cell], limit: int | None = None
    ) -> Iterator[StoredEvent]:
        """Yield the events that these cells count, ordered by (timestamp, source, id)."""
        if not cells:
            return
        since, until = min(cell.first for cell in cells), max(cell.last for cell in cells) + 1
        sifted, given = self._sifted(sieve)
        chosen = alike(sieve, sifted, cells, (since, until), limit).scalar_subquery()
        names = sorted({cell.account for cell in cells})
        events = EVENTS.alias("m")
        c = events.c
        query = whole(events).where(
            c.metric == sieve.metric.event_code,
            c.account.in_(names),
            c.timestamp >= since,
            c.timestamp < until,
            among(func.tuple(c.batch, c.source, c.id), chosen),
        )
        yield from found(self._server, query.order_by(*in_order(events)), given)

    def first(self, account: str, metric: str, at: int, snapshot: int) -> StoredEvent | None:
        """Return the first event, by (source, id), of an account and a metric code at an instant."""
        events = EVENTS.alias("e")
        counted = counting(
            self._visible(snapshot),
            events,
            lambda rows: [rows.account == account, rows.metric == metric, rows.timestamp == at],
        )
        query = whole(events).where(counted.condition).order_by(events.c.source, events.c.id).limit(1)
        return next(found(self._server, query, counted.given), None)

    def disputed(self, accounts: Collection[str], metric: str | None) -> Disputed:
        """Count the deliveries, of imports not taken back, that lost against other content."""
        with reading(self._engine) as session:
            known = batches(session)
        active = sorted(one.id for one in known if one.kind == "import" and one.undone_by is None)
        c = CONFLICTS.alias("c")
        standing, given = within(c.c.batch, spans(active), "standing_batches")
        conditions = [standing, is_named(c.c.account, "disputed_accounts")]
        if metric is not None:
            conditions.append(c.c.metric == metric)
        sent = [*given, names_table("disputed_accounts", list(accounts))]
        counted = self._server.value(statement(select(func.count()).where(*conditions), sent))
        first = whole(c).where(*conditions).order_by(*in_order(c), c.c.batch).limit(1)
        example = next(found(self._server, first, sent), None) if counted else None
        return Disputed(events=counted, example=example)

    def _visible(self, snapshot: int) -> Any:
        return seen(self._engine, snapshot)[1]

    def _sifted(self, sieve: Sieve) -> tuple[Sifted, Sequence[Given]]:
        events = EVENTS.alias("e")
        counted = counting(
            self._visible(sieve.snapshot),
            events,
            lambda rows: [rows.metric == sieve.metric.event_code, rows.account.in_(sieve.accounts)],
        )
        sifted = Sifted(
            columns=events.c,
            instant=events.c.timestamp,
            at=literal,
            properties={path: property_of(events, path) for path in sifted_paths(sieve)},
            counting=counted.condition,
        )
        return sifted, counted.given


def _between(rows: Any, census: Census) -> list[ColumnElement[bool]]:
    conditions = []
    if census.since is not None:
        conditions.append(rows.timestamp >= census.since)
    if census.until is not None:
        conditions.append(rows.timestamp < census.until)
    return conditions


def _nulls_first(row: tuple[Any, ...]) -> tuple[bool, str, bool, str]:
    account, metric, *_ = row
    return account is not None, account or "", metric is not None, metric or ""
