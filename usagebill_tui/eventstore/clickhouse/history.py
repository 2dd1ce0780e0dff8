"""The past of events: what was replaced, what never counted, what was taken back."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Engine, Select, TableClause, and_, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import NamedFromClause

from usagebill_tui.eventstore.clickhouse.dialect import statement
from usagebill_tui.eventstore.clickhouse.reading import Named, event_of
from usagebill_tui.eventstore.clickhouse.relation import CONFLICTS, EVENTS, HIDES, Visible, among, within
from usagebill_tui.eventstore.clickhouse.server import Given, Server
from usagebill_tui.eventstore.clickhouse.usage import ClickHouseEngine
from usagebill_tui.eventstore.history import Fate, Key, Version, fate, version_status
from usagebill_tui.eventstore.types import Question, Search
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import SegmentKind, batches, snapshot
from usagebill_tui.store.reached import Spans, hidden_whole, listed, reached

_BATCH = 2_000
_DELIVERED: Mapping[SegmentKind, TableClause] = {"events": EVENTS, "conflicts": CONFLICTS}
_PLAIN = ("batch", "source", "id", "account", "metric", "timestamp", "numbers", "texts", "others")


class ClickHouseHistory:
    """The past of the events on a server, of which the manifest lies behind `engine`."""

    def __init__(self, engine: Engine, server: Server) -> None:
        self._engine = engine
        self._server = server

    def versions(self, search: Search) -> Iterator[Version]:
        """Yield every version of the events of which one is searched for; see the protocol."""
        with reading(self._engine) as session:
            now = snapshot(session)
            lists = {kind: listed(session, kind, now) for kind in _DELIVERED}
            hides = reached(session, "hides", now)
            whole = hidden_whole(session, now)
            known = {batch.id: batch for batch in batches(session)}
        if not lists["events"] and not lists["conflicts"]:
            return
        query, given = _versions(lists, hides, search)
        last: tuple[Any, ...] = ()
        for rows in self._server.stream(statement(query, given), _BATCH):
            for kind, content, named, *row in rows:
                key = (kind, content, *row[:3])
                if key != last:
                    last = key
                    by = min(filter(None, (named, whole.get(row[0]))), default=None)
                    status, told = version_status(known, row[0], by, conflict=kind == "conflicts")
                    yield Version(event=event_of(tuple(row)), status=status, by=told)

    def fates(self, question: Question) -> Mapping[Key, Fate]:
        """Return which events of a question do not count any more; see the protocol."""
        with reading(self._engine) as session:
            at, now = question.snapshot, snapshot(session)
            then = Visible(reached(session, "events", at), reached(session, "hides", at))
            hiding = listed(session, "hides", now, since=at)
            whole = hidden_whole(session, now, since=at)
            known = {batch.id: batch for batch in batches(session)}
        if not hiding and not whole:
            return {}
        engine = ClickHouseEngine(self._server, then)
        matching = engine.query(question, []).matching().subquery("q")
        found: dict[Key, int] = {}
        if hiding:
            h = HIDES.alias("h")
            holding, given = within(h.c.hidden_by, hiding, "later_batches")
            key = func.tuple(h.c.batch, h.c.source, h.c.id)
            query = select(h.c.batch, h.c.source, h.c.id, func.min(h.c.hidden_by)).where(
                holding, among(key, select(*matching.c).scalar_subquery())
            )
            rows = self._server.rows(
                statement(query.group_by(h.c.batch, h.c.source, h.c.id), [*engine.given, *given])
            )
            found |= {(batch, source, name): by for batch, source, name, by in rows}
        if whole:
            held = or_(*(matching.c.batch == batch for batch in whole))
            for batch, source, name in self._server.rows(
                statement(select(*matching.c).where(held).distinct(), engine.given)
            ):
                by = whole[batch]
                found[batch, source, name] = min(found.get((batch, source, name), by), by)
        return {key_: fate(known, by) for key_, by in found.items()}


def _versions(
    lists: Mapping[SegmentKind, Spans], hides: Spans, search: Search
) -> tuple[Select[Any], list[Given]]:
    """Return the select of kind, content, hidden_by and all that is kept of each version, and its tables."""
    named = Named(search)
    given = list(named.given)
    parts, asked = [], []
    for kind, place in _DELIVERED.items():
        rows = place.alias("r")
        held, more = within(rows.c.batch, lists[kind], f"{kind}_batches")
        given += more
        told = [rows.c[name] for name in _PLAIN]
        parts.append(select(literal(kind).label("kind"), rows.c.content, *told).where(held))
        asked.append(select(rows.c.source, rows.c.id).where(held, *named(rows.c)))
    delivered = union_all(*parts).subquery("d")
    wanted = _wanted(union_all(*parts).subquery("v"), union_all(*asked).subquery("a"), search.limit)
    hidden, sent = _hidden(hides)
    d = delivered.c
    same = and_(hidden.c.batch == d.batch, hidden.c.source == d.source, hidden.c.id == d.id)
    joined = delivered.join(wanted, and_(wanted.c.source == d.source, wanted.c.id == d.id))
    query = select(d.kind, d.content, hidden.c.by, *(d[name] for name in _PLAIN)).select_from(
        joined.outerjoin(hidden, same)
    )
    order = (d.source, d.id, d.batch, d.kind.desc(), d.timestamp, d.account, d.metric, d.content)
    return query.order_by(wanted.c.first, *order), [*given, *sent]


def _wanted(delivered: NamedFromClause, asked: NamedFromClause, limit: int | None) -> NamedFromClause:
    """Return the identities of which a version is asked for, with the time of their first."""
    c = delivered.c
    first = func.min(c.timestamp).label("first")
    chosen = among(func.tuple(c.source, c.id), select(asked.c.source, asked.c.id).scalar_subquery())
    query = select(c.source, c.id, first).where(chosen).group_by(c.source, c.id)
    return query.order_by(first, c.source, c.id).limit(limit).subquery("w")


def _hidden(hides: Spans) -> tuple[NamedFromClause, tuple[Given, ...]]:
    h = HIDES.alias("h")
    holding, given = within(h.c.hidden_by, hides, "hiding_batches")
    query = select(h.c.batch, h.c.source, h.c.id, func.min(h.c.hidden_by).label("by")).where(holding)
    return query.group_by(h.c.batch, h.c.source, h.c.id).subquery("n"), given
