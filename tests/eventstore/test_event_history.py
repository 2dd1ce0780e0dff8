"""Versions of events: which count, which did, and what took their place."""

from pathlib import Path

import pytest

from tests.engines import every_event_store
from tests.eventstore.stores import AUTHOR, Store, any_store, deliver, event, question
from usagebill_tui.domain.metric import Metric
from usagebill_tui.eventstore.types import Search

pytestmark = every_event_store

COUNT = Metric(code="m", name="M", aggregation="count")
Told = list[tuple[str, int, str, str, int | None]]


@pytest.fixture(name="store")
def empty_store(tmp_path: Path) -> Store:
    return any_store(tmp_path)


def told(store: Store, search: Search | None = None) -> Told:
    """Return id, batch, content, status and by of each version."""
    return [
        (
            version.event.id,
            version.event.batch,
            " ".join(value.as_text() for value in version.event.properties.values()),
            version.status,
            version.by,
        )
        for version in store.history.versions(search or Search())
    ]


def fates(store: Store, snapshot: int) -> dict[tuple[int, str, str], tuple[str, int]]:
    asked = question(store, COUNT, snapshot=snapshot)
    return {key: (fate.status, fate.by) for key, fate in store.history.fates(asked).items()}


def test_nothing_was_delivered(store: Store) -> None:
    assert told(store) == []
    assert fates(store, 0) == {}


def test_replaced_and_in_conflict(store: Store) -> None:
    deliver(store, [event("a", 1, n=1), event("b", 2, n=1)])
    deliver(store, [event("a", 1, n=2), event("b", 2, n=1)])
    deliver(store, [event("a", 1, n=3)], on_conflict="replace")
    assert told(store) == [
        ("a", 1, "1", "replaced", 3),
        ("a", 2, "2", "conflict", None),
        ("a", 3, "3", "counts", None),
        ("b", 1, "1", "counts", None),
    ]
    assert fates(store, 2) == {(1, "", "a"): ("replaced", 3)}
    assert fates(store, 3) == {}


def test_conflicts_within_one_import(store: Store) -> None:
    deliver(store, [event("a", 1, n=1), event("a", 1, n=2), event("a", 1, n=2), event("a", 1, n=3)])
    versions = told(store)
    assert sorted(version[2:] for version in versions if version[3] == "counts") == [
        (versions[0][2], "counts", None)
    ]
    assert sorted(version[2] for version in versions) == ["1", "2", "3"]
    assert {version[3] for version in versions[1:]} == {"conflict"}


def test_taken_back(store: Store) -> None:
    deliver(store, [event("a", 1, n=1), event("b", 2, n=1)])
    deliver(store, [event("a", 1, n=2), event("c", 3, n=2)], on_conflict="replace")
    deliver(store, [event("c", 3, n=9)])
    store.undo(2, AUTHOR)
    assert told(store) == [
        ("a", 1, "1", "replaced", 2),
        ("a", 2, "2", "undone", 4),
        ("a", 4, "1", "counts", None),
        ("b", 1, "1", "counts", None),
        ("c", 2, "2", "undone", 4),
        ("c", 3, "9", "conflict", None),
        ("c", 4, "9", "counts", None),
    ]
    store.undo(3, AUTHOR)
    assert told(store)[-3:] == [
        ("c", 2, "2", "undone", 4),
        ("c", 3, "9", "undone", 5),
        ("c", 4, "9", "undone", 5),
    ]
    assert fates(store, 2) == {(2, "", "a"): ("undone", 4), (2, "", "c"): ("undone", 4)}
    store.undo(1, AUTHOR)
    assert {version[3] for version in told(store)} == {"replaced", "undone"}
    assert fates(store, 1) == {(1, "", "a"): ("replaced", 2), (1, "", "b"): ("undone", 6)}


def test_what_is_searched_for_comes_with_all_its_versions(store: Store) -> None:
    deliver(store, [event("a", 10, "x", n=1), event("b", 20, "y", n=1), event("c", 30, "y", n=1)])
    deliver(store, [event("a", 50, "y", n=2)], on_conflict="replace")
    assert [one[:2] for one in told(store, Search(accounts=("x",)))] == [("a", 1), ("a", 2)]
    assert [one[:2] for one in told(store, Search(since=40))] == [("a", 1), ("a", 2)]
    assert [one[0] for one in told(store, Search(accounts=("y",), limit=2))] == ["a", "a", "b"]
    assert told(store, Search(metrics=("other",))) == []


def test_the_same_id_of_two_sources_is_two_events(store: Store) -> None:
    deliver(store, [event("a", 1, n=1, source="s"), event("a", 1, n=2, source="t")])
    deliver(store, [event("a", 1, n=3, source="t")], on_conflict="replace")
    assert [one[2:4] for one in told(store)] == [("1", "counts"), ("2", "replaced"), ("3", "counts")]


def test_merged_segments_tell_the_same(store: Store) -> None:
    deliver(store, [event(str(k), k, n=1) for k in range(40)])
    for k in range(20):
        deliver(store, [event(str(k), k, n=2)], on_conflict="replace")
    found = told(store)
    assert len(found) == 60
    assert found[:2] == [("0", 1, "1", "replaced", 2), ("0", 2, "2", "counts", None)]
    assert fates(store, 10) == {(1, "", str(k)): ("replaced", k + 2) for k in range(9, 20)}
