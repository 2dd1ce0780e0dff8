"""A search gives the first events by (timestamp, source, id), however many of one instant there are."""

from tests.engines import every_event_store
from tests.eventstore.stores import AUTHOR, Store, deliver, event, temporary_any_store
from usagebill_tui.eventstore.parquet.relation import NAMED
from usagebill_tui.eventstore.types import Search

pytestmark = every_event_store


def fill(store: Store) -> None:
    deliver(
        store, [event(f"e{9 - k}", k // 4, "ab"[k % 2], n=k, source="s" if k % 3 else "") for k in range(9)]
    )
    deliver(store, [event("e9", 5, "a", n=70)], on_conflict="replace")
    deliver(store, [event(f"t{k}", 1, "a", metric="other", r=f"{k}") for k in range(5)])
    deliver(store, [event("early", 0, "a", n=1)])
    store.undo(4, AUTHOR)


def test_a_limit_cuts_the_same_order_at_every_snapshot() -> None:
    with temporary_any_store() as store:
        fill(store)
        for snapshot in range(store.snapshot() + 1):
            for names in (None, ("a",), ("a", *(f"nobody{k}" for k in range(NAMED)))):
                every = list(store.events(Search(accounts=names), snapshot))
                order = [(e.timestamp, e.source, e.id) for e in every]
                assert order == sorted(order)
                for limit in (0, 1, 3, 4, 7, len(every), len(every) + 1):
                    found = list(store.events(Search(accounts=names, limit=limit), snapshot))
                    assert found == every[:limit]


def test_conditions_hold_beside_a_limit() -> None:
    with temporary_any_store() as store:
        fill(store)
        now = store.snapshot()
        within = Search(accounts=("a", "b"), metrics=("m",), since=1, until=3)
        every = list(store.events(within, now))
        assert every
        assert all(e.metric == "m" and 1 <= e.timestamp < 3 for e in every)
        limited = Search(accounts=("a", "b"), metrics=("m",), since=1, until=3, limit=2)
        assert list(store.events(limited, now)) == every[:2]
        assert list(store.events(Search(accounts=(), limit=2), now)) == []
