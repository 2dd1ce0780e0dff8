"""The funnel's counts against the events themselves, at every snapshot, with replaced and undone ones."""

from collections import Counter

from tests.engines import every_event_store
from tests.eventstore.stores import AUTHOR, Store, deliver, event, stored, temporary_any_store
from usagebill_tui.domain.metric import Filter, Metric
from usagebill_tui.eventstore.funnel import Census, Sieve, Stretch

pytestmark = every_event_store

METRIC = Metric(
    code="m",
    aggregation="sum",
    property="n",
    filters=(Filter(property="r", op="eq", value="eu"),),
    exclude=({"t": "x"},),
)


def fill(store: Store) -> None:
    """Deliver, replace, repeat, contradict and take back, so that some of each batch is hidden."""
    first = [event(f"e{k}", 10 * k, "abc"[k % 3], n=k, r="eu" if k % 2 else "us") for k in range(12)]
    deliver(store, first)
    deliver(store, [event("e1", 11, "b", n="many", r="eu"), event("e20", 5, "a", metric="other")])
    deliver(store, [event("e2", 21, "c", n=7, r="eu", t="x")], on_conflict="replace")
    deliver(store, [event("e30", 300, "b", n=1, r="eu"), first[4]])
    deliver(store, [event("e3", 31, "a", n=1, r="eu")], on_conflict="replace")
    store.undo(5, AUTHOR)
    store.undo(1, AUTHOR)


def test_tallies_are_what_counts_at_every_snapshot() -> None:
    with temporary_any_store() as store:
        fill(store)
        for snapshot in range(store.snapshot() + 1):
            events = stored(store, snapshot)
            found = store.funnel.tally(Census(snapshot=snapshot, inside=(20, 100)))
            wanted = Counter((e.account, e.metric) for e in events)
            assert {(t.account, t.metric): t.events for t in found} == wanted
            assert sum(t.inside for t in found) == sum(20 <= e.timestamp < 100 for e in events)
            for tally in found:
                times = [
                    e.timestamp for e in events if (e.account, e.metric) == (tally.account, tally.metric)
                ]
                assert (tally.first, tally.last) == (min(times), max(times))


def test_accounts_counted_together_are_one_row_and_times_are_half_open() -> None:
    with temporary_any_store() as store:
        fill(store)
        at = store.snapshot() - 2
        events = [e for e in stored(store, at) if 10 <= e.timestamp < 90]
        first, *others = store.funnel.tally(
            Census(snapshot=at, since=10, until=90, together=["a", "b", "nobody"])
        )
        assert (first.account, first.metric) == (None, None)
        assert first.events == sum(e.account in "ab" for e in events)
        assert (first.inside, first.first, first.last) == (0, 0, 0)
        assert {t.account for t in others} == {"c"}
        everybody = Census(snapshot=at, since=10, until=90, together=["a", "b", "c"])
        assert [(t.account, t.events) for t in store.funnel.tally(everybody)] == [(None, len(events))]
        nobody = Census(snapshot=at, since=10, until=90, together=["nobody"])
        alone = store.funnel.tally(Census(snapshot=at, since=10, until=90))
        assert store.funnel.tally(nobody) == alone


def test_cells_hold_every_event_of_the_metric_once() -> None:
    with temporary_any_store() as store:
        fill(store)
        for snapshot in range(1, store.snapshot() + 1):
            sieve = Sieve(
                metric=METRIC, reads="number", accounts=("a", "b"), edges=(30, 60), snapshot=snapshot
            )
            cells = store.funnel.cells(sieve)
            ours = [e for e in stored(store, snapshot) if e.metric == "m" and e.account in "ab"]
            assert list(store.funnel.events(sieve, cells)) == ours
            for cell in cells:
                held = list(store.funnel.events(sieve, [cell]))
                assert len(held) == cell.events
                assert (held[0].timestamp, held[-1].timestamp) == (cell.first, cell.last)
                assert {(e.timestamp >= 30) + (e.timestamp >= 60) for e in held} == {cell.span}
                assert {e.properties["r"].text == "eu" for e in held} == {cell.unmet is None}
                assert {e.properties["n"].number is not None for e in held} == {cell.found == "usable"}
                assert list(store.funnel.events(sieve, [cell], 1)) == held[:1]


def test_an_exclusion_comes_after_the_filters() -> None:
    with temporary_any_store() as store:
        deliver(
            store, [event("e1", 1, n=1, r="eu", t="x"), event("e2", 2, n=1, r="us", t="x"), event("e3", 3)]
        )
        sieve = Sieve(metric=METRIC, reads="number", accounts=("a",), edges=(), snapshot=1)
        found = {(cell.found, cell.unmet) for cell in store.funnel.cells(sieve)}
        assert found == {("usable", 1), ("usable", 0), ("missing", 0)}


def test_stretches_and_first_events() -> None:
    with temporary_any_store() as store:
        fill(store)
        at = store.snapshot() - 2
        wanted = [
            Stretch(account="a", metric="m", since=0, until=60),
            Stretch(account="nobody", metric="m", since=0, until=60),
            Stretch(account="a", metric="other", since=5, until=6),
        ]
        found = store.funnel.stretches(wanted, at)
        ours = [e for e in stored(store, at) if (e.account, e.metric) == ("a", "m") and e.timestamp < 60]
        assert [tally and tally.events for tally in found] == [len(ours), None, 1]
        assert store.funnel.first("a", "m", ours[0].timestamp, at) == ours[0]
        assert store.funnel.first("a", "m", 1, at) is None
        assert store.funnel.stretches([], at) == []


def test_what_lost_against_other_content_counts_until_it_is_taken_back() -> None:
    with temporary_any_store() as store:
        deliver(store, [event("e1", 1, n=1)])
        deliver(store, [event("e1", 2, n=2)])
        deliver(store, [event("e1", 3, n=3)])
        found = store.funnel.disputed(["a"], "m")
        assert (found.events, found.example and found.example.timestamp) == (2, 2)
        assert store.funnel.disputed(["b"], "m").events == 0
        assert store.funnel.disputed(["a"], "other").events == 0
        store.undo(2, AUTHOR)
        assert store.funnel.disputed(["a"], None).events == 1


def test_an_empty_store() -> None:
    with temporary_any_store() as store:
        assert store.funnel.tally(Census(snapshot=0)) == []
        sieve = Sieve(metric=METRIC, reads="number", accounts=("a",), edges=(1,), snapshot=0)
        assert store.funnel.cells(sieve) == []
        assert list(store.funnel.events(sieve, [])) == []
        assert store.funnel.disputed(["a"], "m").events == 0
