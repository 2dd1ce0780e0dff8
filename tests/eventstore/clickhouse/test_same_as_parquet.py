"""ClickHouse and DuckDB say the same of the same imports and undoings, whatever they are asked."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines import needs_chdb
from tests.eventstore.chdb_server import new_cluster_database
from tests.eventstore.sequences import Step, done, sequences
from tests.eventstore.stores import Store, any_store, empty_database, engine_of, event, new_store, question
from tests.eventstore.test_event_history import told
from usagebill_tui.domain.event import Event
from usagebill_tui.domain.metric import Filter, Metric
from usagebill_tui.eventstore.browsing import Order, Sought
from usagebill_tui.eventstore.clickhouse import relation
from usagebill_tui.eventstore.clickhouse.server import Statement
from usagebill_tui.eventstore.clickhouse.store import ClickHouseEventStore
from usagebill_tui.eventstore.funnel import Census, Sieve, Stretch
from usagebill_tui.eventstore.types import Epoch, Search, Watched, Window

pytestmark = needs_chdb
METRIC = Metric(code="m", aggregation="sum", property="n", filters=(Filter(property="n", op="ne", value=3),))
BY_RANK = Metric(code="m", aggregation="percentile", property="n", params={"percentile": Decimal(50)})
LATEST = Metric(code="m", aggregation="latest", property="n")
EVERYTHING = Window(0, ("a", "b"), -100, 100)


@contextmanager
def both() -> Iterator[tuple[Store, Store]]:
    """Give a store of each engine, both empty."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        stores = (new_store(Path(one)), any_store(Path(other)))
        try:
            yield stores
        finally:
            for store in stores:
                store.close()
                store.engine.dispose()


def said(store: Store) -> dict[str, Any]:
    """Return all that a store says, at its newest snapshot and at one before."""
    now = store.snapshot()
    then = now // 2
    asked = question(store, METRIC, [EVERYTHING], snapshot=then)
    sieve = Sieve(metric=METRIC, reads="number", accounts=("a", "b"), edges=(1, 2), snapshot=now)
    cells = store.funnel.cells(sieve)
    watched = Watched(key=7, accounts=("a", "b"), metric="m", since=1, until=3, snapshot=then)
    seen: list[frozenset[str]] = []

    def watch(accounts: frozenset[str]) -> list[Watched]:
        seen.append(accounts)
        return [watched]

    return {
        "now": list(store.events(Search(), now)),
        "then": list(store.events(Search(accounts=("a",), since=1, limit=2), then)),
        "usage": store.usage(question(store, METRIC, [EVERYTHING], ("n",))),
        "fates": dict(store.history.fates(asked)),
        "versions": sorted(told(store), key=repr),
        "changes": store.changes([Epoch(then, 1, 3)], watch, now),
        "tallies": store.funnel.tally(Census(snapshot=now, since=1, inside=(1, 2), together=("b",))),
        "stretches": store.funnel.stretches([stretch("a", 1, 3), stretch("z", 0, 9)], then),
        "cells": cells,
        "sifted": list(store.funnel.events(sieve, cells[:1], 2)),
        "first": store.funnel.first("a", "m", 1, now),
        "disputed": store.funnel.disputed(("a", "b"), "m").events,
        "page": store.browser.page(Sought(id="b"), Order(limit=2), now),
        "counts": store.browser.counts([0, 2, 4], now),
        "faults": list(store.verify()),
    }


def stretch(account: str, since: int, until: int) -> Stretch:
    return Stretch(account=account, metric="m", since=since, until=until)


def check_same(one: Store, other: Store) -> None:
    expected, found = said(one), said(other)
    for name, value in expected.items():
        assert found[name] == value, name


CONTRARY: list[Step] = [
    ("keep-first", [event("a", 1, n=1), event("b", 2, "b", n="3"), event("a", 1, n=1), event("c", 1, n=7)]),
    ("replace", [event("a", 2, "b", n=2), event("d", 2, n=4), event("b", 2, "b", n="3")]),
    ("keep-first", [event("b", 1, n=9), event("d", 2, n=4), event("e", 3, n="x")]),
    1,
    ("replace", [event("z", 1, "b", n=1), event("c", 1, "b", n=8)]),
    0,
]
"""Every kind of delivery, with accounts that change, so that rows of one event lie on two shards."""


def test_on_a_cluster_of_two_shards() -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        parquet, folder = new_store(Path(one)), Path(other)
        (folder / "catalogue.db").write_bytes(empty_database())
        cluster = ClickHouseEventStore(engine_of(folder), new_cluster_database(), folder)
        assert done(cluster, CONTRARY) == done(parquet, CONTRARY)
        check_same(parquet, cluster)
        for name in ("events", "hides"):
            spread = Statement(sql=f"SELECT shardNum() AS s, count() FROM {name} GROUP BY s")  # noqa: S608 - ours
            assert len(cluster.server.rows(spread)) == 2
        for metric in (BY_RANK, LATEST):
            asked = (
                question(parquet, metric, [EVERYTHING], ("n",)),
                question(cluster, metric, [EVERYTHING], ("n",)),
            )
            assert cluster.usage(asked[1]) == parquet.usage(asked[0])
        for store in (parquet, cluster):
            store.close()
            store.engine.dispose()


def test_where_spans_of_batches_are_sent_as_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relation, "INLINE", 0)
    with both() as (parquet, clickhouse):
        assert done(clickhouse, CONTRARY) == done(parquet, CONTRARY)
        check_same(parquet, clickhouse)


@settings(max_examples=3)
@given(sequences)
def test_after_any_imports_and_undoings(sequence: list[Step]) -> None:
    with both() as (parquet, clickhouse):
        assert done(clickhouse, sequence) == done(parquet, sequence)
        check_same(parquet, clickhouse)


_rows: st.SearchStrategy[list[Event]] = st.lists(
    st.builds(
        lambda name, at, account, n: event(name, at, account, n=n),
        st.sampled_from("abcd"),
        st.integers(1, 3),
        st.sampled_from("ab"),
        st.sampled_from([1, 3, "3", "x", None]),
    ),
    max_size=6,
)


@settings(max_examples=2)
@given(st.lists(_rows, min_size=2, max_size=3))
def test_where_contents_and_accounts_differ(imports: list[list[Event]]) -> None:
    with both() as (parquet, clickhouse):
        steps: list[Step] = [*(("replace", rows) for rows in imports), 1, ("keep-first", imports[0])]
        assert done(clickhouse, steps) == done(parquet, steps)
        check_same(parquet, clickhouse)
