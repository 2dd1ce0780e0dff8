"""What later commits brought into windows of time, or took out of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    column,
    func,
    literal,
    select,
    table,
    true,
    union_all,
)

from usagebill_tui.eventstore.clickhouse.dialect import statement
from usagebill_tui.eventstore.clickhouse.relation import EVENTS, HIDES, not_among, within
from usagebill_tui.eventstore.clickhouse.server import Given, Server, given_rows
from usagebill_tui.eventstore.types import Change, Epoch, Watched
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import commits
from usagebill_tui.store.reached import Spans, hidden_whole, listed, reached

_WATCHED = table(
    "watched", *(column(name) for name in ("key", "account", "metric", "since", "until", "snapshot"))
)
_WATCHED_STRUCTURE = "key Int64, account String, metric String, since Int64, until Int64, snapshot Int64"
_COMMITS = table("commits", column("batch"), column("seq"))


class _Later(msgspec.Struct, frozen=True):
    """What was committed after the earliest snapshot, and all batches that hide single events.

    `whole` are the batches whose events were all hidden, each with by which batch.
    """

    events: Spans
    hides: Spans
    whole: Mapping[int, int]
    hiding: Spans


def changes(
    engine: Engine,
    server: Server,
    epochs: Sequence[Epoch],
    watch: Callable[[frozenset[str]], Sequence[Watched]],
    snapshot: int,
) -> list[Change]:
    """Return what commits after windows' snapshots brought or took; see the protocol."""
    if not epochs:
        return []
    earliest = min(epoch.snapshot for epoch in epochs)
    with reading(engine) as session:
        later = _Later(
            listed(session, "events", snapshot, since=earliest),
            listed(session, "hides", snapshot, since=earliest),
            hidden_whole(session, snapshot, since=earliest),
            reached(session, "hides", snapshot),
        )
        seqs = [(batch, seq) for batch, seq in commits(session) if earliest < seq <= snapshot]
    parts, given = _parts(later, epochs)
    if not parts:
        return []
    changed = union_all(*parts).subquery("c")
    accounts = server.rows(statement(select(changed.c.account).distinct(), given))
    watched = watch(frozenset(str(account) for (account,) in accounts))
    if not watched:
        return []
    rows = [
        (w.key, account, w.metric, w.since, w.until, w.snapshot)
        for w in watched
        for account in dict.fromkeys(w.accounts)
    ]
    sent = [
        given_rows("watched", _WATCHED_STRUCTURE, rows),
        given_rows("commits", "batch Int64, seq Int64", seqs),
    ]
    found = server.rows(statement(_counted(changed), [*given, *sent]))
    return [Change(key, batch, added, hidden) for key, batch, added, hidden in found]


def _parts(later: _Later, epochs: Sequence[Epoch]) -> tuple[list[Select[Any]], list[Given]]:
    """Return the selects of batch (which commit), account, metric, timestamp and sign of what changed."""
    since, until = min(one.since for one in epochs), max(one.until for one in epochs)
    parts: list[Select[Any]] = []
    given: list[Given] = []
    if later.events:
        e = EVENTS.alias("e")
        brought, more = within(e.c.batch, later.events, "later_batches")
        given += more
        timely = and_(e.c.timestamp >= since, e.c.timestamp < until)
        parts.append(_change(e.c.batch, e.c, 1).where(brought, timely))
    if later.hides:
        h = HIDES.alias("h")
        hiding, more = within(h.c.hidden_by, later.hides, "later_hiding")
        given += more
        timely = and_(h.c.timestamp >= since, h.c.timestamp < until)
        parts.append(_change(h.c.hidden_by, h.c, -1).where(hiding, timely))
    for batch, by in later.whole.items():
        e = EVENTS.alias("e")
        counted: ColumnElement[bool] = true()
        if later.hiding:
            # What hid some of its rows one by one came before: afterwards there was nothing to hide.
            h = HIDES.alias("h")
            hidden = select(h.c.batch, h.c.source, h.c.id).where(h.c.batch == batch)
            counted = not_among(e, hidden.scalar_subquery())
        timely = and_(e.c.timestamp >= since, e.c.timestamp < until)
        parts.append(_change(literal(by), e.c, -1).where(e.c.batch == batch, timely, counted))
    return parts, given


def _change(batch: Any, rows: Any, sign: int) -> Select[Any]:
    return select(
        func.toInt64(batch).label("batch"),
        rows.account,
        func.toString(rows.metric).label("code"),
        rows.timestamp,
        literal(sign).label("sign"),
    )


def _counted(changed: Any) -> Select[Any]:
    c, w, k = changed.c, _WATCHED.alias("w"), _COMMITS.alias("k")
    same = and_(
        w.c.account == c.account,
        w.c.metric == c.code,
        c.timestamp >= w.c.since,
        c.timestamp < w.c.until,
    )
    joined = changed.join(k, k.c.batch == c.batch).join(w, same)
    query = (
        select(w.c.key, c.batch, func.countIf(c.sign > 0), func.countIf(c.sign < 0))
        .select_from(joined)
        .where(k.c.seq > w.c.snapshot)
    )
    return query.group_by(w.c.key, c.batch).order_by(w.c.key, c.batch)
