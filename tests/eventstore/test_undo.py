from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines import every_event_store, examples
from tests.eventstore.stores import (
    AUTHOR,
    Store,
    any_store,
    ask,
    contents,
    deliver,
    event,
    files_of,
    stored,
    temporary_any_store,
)
from usagebill_tui.domain.event import Event, Reject
from usagebill_tui.domain.metric import Metric
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.eventstore.types import Answer, OnConflict
from usagebill_tui.store import audit
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import batches, segments

pytestmark = every_event_store

TOTAL = Metric(code="m", aggregation="sum", property="n")


@pytest.fixture(name="store")
def empty_store(tmp_path: Path) -> Store:
    return any_store(tmp_path)


def rows(names: str, number: int) -> list[Event]:
    return [event(name, ord(name), n=number) for name in names]


def number(store: Store, *imported: list[Event], on_conflict: OnConflict = "keep-first") -> int:
    batch = deliver(store, *imported, on_conflict=on_conflict).batch
    assert batch is not None
    return batch


def test_undo_leaves_what_another_batch_also_brought(store: Store) -> None:
    first, second = number(store, rows("abc", 1)), number(store, rows("bcd", 1))
    assert store.undo(first, AUTHOR) == (1, 0)
    assert [e.id for e in stored(store)] == ["b", "c", "d"]
    assert store.undo(second, AUTHOR) == (3, 0)
    assert stored(store) == []


def test_undoing_a_replacement_brings_back_what_it_replaced(store: Store) -> None:
    number(store, rows("ab", 1))
    second = number(store, rows("a", 2), on_conflict="replace")
    assert store.undo(second, AUTHOR) == (1, 1)
    assert {e.id: e.properties["n"].as_text() for e in stored(store)} == {"a": "1", "b": "1"}


def test_an_id_in_another_source_is_not_touched(store: Store) -> None:
    number(store, [event("a", source=source, n=1) for source in ("", "s")])
    second = number(store, [event("a", source="s", n=2)], on_conflict="replace")
    assert [(e.source, e.batch) for e in stored(store)] == [("", 1), ("s", second)]
    store.undo(1, AUTHOR)
    assert [(e.source, e.batch) for e in stored(store)] == [("s", second)]


def test_one_id_in_two_sources_comes_back_in_both(store: Store) -> None:
    for value in (1, 2):
        deliver(store, [event("a", source=source, n=value) for source in ("", "s")])
    assert store.undo(1, AUTHOR) == (2, 2)
    assert [(e.source, e.properties["n"].as_text()) for e in stored(store)] == [("", "2"), ("s", "2")]


def test_undoing_the_first_lets_the_conflicting_one_count(store: Store) -> None:
    first, _ = number(store, rows("a", 1)), number(store, rows("a", 2))
    assert store.undo(first, AUTHOR) == (1, 1)
    assert [e.properties["n"].number for e in stored(store)] == [2]


def test_a_batch_counts_after_an_undo_as_it_would_have_alone(store: Store) -> None:
    both = sorted([*rows("a", 1), *rows("a", 2)], key=lambda e: e.content)
    first = number(store, both[1:])
    number(store, both)
    store.undo(first, AUTHOR)
    assert contents(store) == {("", "a"): both[0].content}


def test_undo_then_import_again_gives_the_same_usage(store: Store) -> None:
    number(store, rows("xy", 5))
    first = number(store, [*rows("abc", 1), event(None, 3, n=7), event(None, 3, n=7)])
    before, ids = ask(store, TOTAL), contents(store)
    store.undo(first, AUTHOR)
    assert ask(store, TOTAL) != before
    number(store, [event(None, 3, n=7), *rows("abc", 1), event(None, 3, n=7)])
    assert (ask(store, TOTAL), contents(store)) == (before, ids)


def test_a_batch_that_stops_counting_is_hidden_whole(store: Store) -> None:
    number(store, rows("xy", 5))
    second = number(store, rows("abc", 1))
    number(store, rows("c", 1))
    assert store.undo(1, AUTHOR) == (2, 0)
    assert (hidden_segments(store), names_hidden(store)) == ([1], 0)
    # One of its events stays, since another batch brought it too: the others are named.
    assert store.undo(second, AUTHOR) == (2, 0)
    assert (hidden_segments(store), names_hidden(store)) == ([1], 2)
    number(store, rows("xy", 5))
    assert [e.id for e in stored(store)] == ["c", "x", "y"]


def test_what_was_hidden_one_by_one_does_not_keep_the_rest_from_being_hidden_whole(
    store: Store,
) -> None:
    first = number(store, rows("abc", 1))
    number(store, rows("a", 2), on_conflict="replace")
    assert store.undo(first, AUTHOR) == (2, 0)
    assert (hidden_segments(store), names_hidden(store)) == ([first], 1)
    assert [(e.id, e.batch) for e in stored(store)] == [("a", 2)]


def hidden_segments(store: Store) -> list[int]:
    with reading(store.engine) as session:
        listed = segments(session, ["events"], store.snapshot())
    return [segment.batch for segment in listed if segment.hidden_from is not None]


def names_hidden(store: Store) -> int:
    with reading(store.engine) as session:
        return sum(segment.rows for segment in segments(session, ["hides"], store.snapshot()))


def test_undoing_twice_is_refused(store: Store) -> None:
    first = number(store, rows("a", 1))
    store.undo(first, AUTHOR)
    before = (store.snapshot(), files_of(store))
    with pytest.raises(Refused, match="batch 1 was taken back already; import its file again"):
        store.undo(first, AUTHOR)
    assert (store.snapshot(), files_of(store)) == before


@pytest.mark.parametrize("which", ["unknown", "undo"])
def test_only_an_import_can_be_undone(store: Store, which: str) -> None:
    first = number(store, rows("a", 1))
    store.undo(first, AUTHOR)
    batch = {"unknown": 77, "undo": 2}[which]
    with pytest.raises(NotFound, match=f"there is no batch {batch}"):
        store.undo(batch, AUTHOR)


def test_an_import_without_events_can_be_undone(store: Store) -> None:
    number(store, rows("a", 1))
    batch = deliver(store, [], rejects=[Reject(1, "broken", "{")]).batch
    assert batch is not None
    assert store.undo(batch, AUTHOR) == (0, 0)
    assert [e.id for e in stored(store)] == ["a"]


def test_undo_is_on_record(store: Store) -> None:
    first = number(store, rows("a", 1))
    store.undo(first, AUTHOR)
    with reading(store.engine) as session:
        imported, undoing = batches(session)
        entries = audit.entries(session)
    assert (imported.undone_by, undoing.undoes, undoing.kind, undoing.who) == (2, 1, "undo", "tester")
    assert [(e.action, e.noun, e.key, e.who) for e in entries] == [
        ("import", "batch", "1", "tester"),
        ("undo", "batch", "1", "tester"),
    ]


def test_a_snapshot_keeps_its_view(store: Store) -> None:
    seen: list[tuple[int, list[Answer], dict[tuple[str, str], str]]] = []

    def look() -> None:
        at = store.snapshot()
        seen.append((at, ask(store, TOTAL, snapshot=at), contents(store, at)))

    look()
    first = number(store, rows("abc", 1))
    look()
    second = number(store, rows("bcd", 2))
    look()
    number(store, rows("abx", 3), on_conflict="replace")
    look()
    for batch in (first, second):
        store.undo(batch, AUTHOR)
        look()
    assert [at for at, _, _ in seen] == sorted({at for at, _, _ in seen})
    totals = [answer.units for _, answers, _ in seen[1:] for answer in answers]
    assert totals == [3, 5, 12, 13, 9]
    for at, answers, events in seen:
        assert (ask(store, TOTAL, snapshot=at), contents(store, at)) == (answers, events)


Step = tuple[OnConflict, list[Event]] | int
some_events = st.lists(
    st.builds(
        lambda name, source, n: event(name, 1, source=source, n=n),
        st.sampled_from("abc"),
        st.sampled_from(["", "s"]),
        st.integers(1, 3),
    ),
    max_size=5,
)
steps = st.one_of(
    st.tuples(st.sampled_from(["keep-first", "keep-first", "replace"]), some_events),
    st.tuples(st.sampled_from(["keep-first", "replace"]), some_events),
    st.integers(0, 5),
)


def counting(delivered: dict[int, tuple[OnConflict, list[Event]]]) -> dict[tuple[str, str], str]:
    """Return what counts: of the latest delivery that replaces, else of the earliest; there, the least."""
    result: dict[tuple[str, str], str] = {}
    replacing = [rows for policy, rows in delivered.values() if policy == "replace"]
    keeping = [rows for policy, rows in delivered.values() if policy != "replace"]
    for part in [*reversed(replacing), *keeping]:
        least: dict[tuple[str, str], str] = {}
        for row in part:
            key = (row.source, row.id or "")
            least[key] = min(row.content, least.get(key, row.content))
        result = {**least, **result}
    return result


@settings(max_examples=examples(10))
@given(st.lists(steps, min_size=2, max_size=8))
def test_any_sequence_of_imports_and_undos_leaves_what_the_remaining_deliveries_say(
    sequence: list[Step],
) -> None:
    delivered: dict[int, tuple[OnConflict, list[Event]]] = {}
    with temporary_any_store() as store:
        for step in sequence:
            if isinstance(step, int):
                if delivered:
                    batch = sorted(delivered)[step % len(delivered)]
                    before = contents(store)
                    hidden, restored = store.undo(batch, AUTHOR)
                    del delivered[batch]
                    after = contents(store)
                    changed = {key for key in before if after.get(key) != before[key]}
                    assert (hidden, restored) == (len(changed), len(changed & set(after)))
            else:
                policy, arriving = step
                delivered[number(store, arriving[:2], arriving[2:], on_conflict=policy)] = (policy, arriving)
            assert contents(store) == counting(delivered)
        counted = ask(store, Metric(code="m", aggregation="count"))
        assert sum(answer.events for answer in counted) == len(counting(delivered))
