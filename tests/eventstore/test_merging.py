"""Small segments are merged, and nobody who reads notices."""

import tarfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from tests.eventstore.sequences import Step, done, sequences
from tests.eventstore.stores import (
    AUTHOR,
    ask,
    contents,
    deliver,
    event,
    files_of,
    new_store,
    question,
    stored,
    temporary_store,
)
from usagebill_tui.backups import back_up
from usagebill_tui.domain.metric import Metric
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet import merging
from usagebill_tui.eventstore.parquet.merging import KEPT, MEMBERS, due, tidy
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import Change, Epoch, Search, Watched
from usagebill_tui.homes import Fixed
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import KINDS, Columns, Segment, segments
from usagebill_tui.store.tables import SegmentRow

TOTAL = Metric(code="m", aggregation="sum", property="n")
LATER = AUTHOR.at + KEPT


@pytest.fixture(name="store")
def empty_store(tmp_path: Path) -> ParquetEventStore:
    return new_store(tmp_path)


@pytest.fixture(name="merged_in_pairs")
def merge_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MEMBERS", 2)


def listed(store: ParquetEventStore) -> list[Segment]:
    with reading(store.engine) as session:
        return segments(session, KINDS, store.snapshot())


def one_by_one(store: ParquetEventStore, count: int) -> None:
    for place in range(count):
        deliver(store, [event(f"e{place}", place, n=place)])


def segment(rows: int, **fields: Any) -> Segment:
    return Segment(kind="events", file=f"{rows}", sha256="", **{"bytes": 1, "rows": rows, **fields})


def view(store: ParquetEventStore, at: int) -> Any:
    """Return all that a reader sees of a snapshot."""
    found = list(store.matching(question(store, TOTAL, snapshot=at)))
    return ask(store, TOTAL, snapshot=at), contents(store, at), [(e.batch, e.id) for e in found]


def test_many_small_imports_leave_few_segments(store: ParquetEventStore) -> None:
    one_by_one(store, MEMBERS - 1)
    assert [s.rows for s in listed(store)] == [1] * (MEMBERS - 1)
    deliver(store, [event("last", 99, n=1)])
    (merged,) = listed(store)
    assert (merged.rows, merged.batch, merged.seq, merged.first_seq) == (MEMBERS, MEMBERS, MEMBERS, 1)
    assert (merged.first_at, merged.last_at) == (0, 99)
    assert (merged.sums["n"].count, merged.sums["n"].total) == (MEMBERS, "106")
    assert [e.batch for e in stored(store)] == list(range(1, MEMBERS + 1))
    assert list(store.verify()) == []


@pytest.mark.usefixtures("merged_in_pairs")
def test_every_snapshot_sees_what_it_saw(store: ParquetEventStore) -> None:
    seen: dict[int, Any] = {}

    def look() -> None:
        seen[store.snapshot()] = view(store, store.snapshot())

    look()
    for place in range(6):
        deliver(store, [event(name, 1, n=place) for name in ("same", f"e{place}")], on_conflict="replace")
        look()
        deliver(store, [event("same", 1, n=place), event(f"e{place}", 1, n=77)])
        look()
        if place % 2:
            store.undo(2 * place + 1, AUTHOR)
            look()
    assert {s.kind for s in listed(store) if s.first_seq < s.seq} == {
        "events",
        "claims",
        "conflicts",
        "hides",
    }
    assert {at: view(store, at) for at in seen} == seen
    assert list(store.verify()) == []


@pytest.mark.usefixtures("merged_in_pairs")
def test_a_batch_in_a_merged_segment_is_taken_back_alone(store: ParquetEventStore) -> None:
    for name in "abcd":
        deliver(store, [event(name, 1, n=1), event("shared", 2, n=5)])
    assert len([s for s in listed(store) if s.kind == "events"]) < 4
    assert store.undo(2, AUTHOR) == (1, 0)
    assert store.undo(1, AUTHOR) == (1, 0)
    assert [e.id for e in stored(store)] == ["c", "d", "shared"]
    assert store.undo(3, AUTHOR) == (1, 0)
    assert store.undo(4, AUTHOR) == (2, 0)
    assert stored(store) == []


@pytest.mark.usefixtures("merged_in_pairs")
def test_what_was_merged_stays_for_a_day_and_goes_with_a_later_import(store: ParquetEventStore) -> None:
    deliver(store, [event("a", 1, n=1)])
    (old,) = listed(store)
    deliver(store, [event("b", 1, n=1)])
    (merged,) = listed(store)
    assert old.file in files_of(store)
    assert store.unlisted(remove=True) == []
    with duckdb.connect() as connection:
        tidy(store.engine, connection, store.place, LATER - timedelta(microseconds=1))
        assert old.file in files_of(store)
        tidy(store.engine, connection, store.place, LATER)
    assert files_of(store) - {"staging"} == {merged.file}
    assert (store.unlisted(), list(store.verify())) == ([], [])
    assert set(contents(store)) == {("", "a"), ("", "b")}


@pytest.mark.usefixtures("merged_in_pairs")
def test_a_backup_holds_what_was_merged_once(store: ParquetEventStore, tmp_path: Path) -> None:
    for name in "abc":
        deliver(store, [event(name, 1, n=1)])
    saved = back_up(tmp_path, Fixed(created="2024-01-01T00:00:00Z"), tmp_path / "saved.tar")
    with tarfile.open(tmp_path / "saved.tar") as archive:
        names = {Path(name).name for name in archive.getnames() if name.startswith("events/")}
    assert (names, saved) == ({one.file for one in listed(store)}, len(listed(store)))


@pytest.mark.usefixtures("merged_in_pairs")
def test_a_reader_that_has_its_list_is_not_disturbed(store: ParquetEventStore) -> None:
    deliver(store, [event(f"a{k}", k, n=1) for k in range(3000)], step=500)
    reader = store.events(Search(), store.snapshot())
    first = next(reader)
    for name in "bcdef":
        deliver(store, [event(f"{name}{k}", k, n=1) for k in range(2100)], step=500)
    assert [e.id for e in (first, *reader)] == [f"a{k}" for k in range(3000)]


@pytest.mark.parametrize("broken", ["write", "check", "list", "interrupt"])
@pytest.mark.usefixtures("merged_in_pairs")
def test_a_merge_that_fails_harms_nothing_and_is_done_by_a_later_import(
    store: ParquetEventStore, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    deliver(store, [event("a", 1, n=1)])

    def fail(*_: Any, **__: Any) -> Any:
        if broken == "interrupt":
            raise KeyboardInterrupt
        raise StorageFailed("no room")

    name = {"write": "write_segment", "check": "totals_of"}.get(broken, "list_merged")
    with monkeypatch.context() as patch:
        patch.setattr(merging, name, fail)
        if broken == "interrupt":
            with pytest.raises(KeyboardInterrupt):
                deliver(store, [event("b", 2, n=2)])
        else:
            assert deliver(store, [event("b", 2, n=2)]).batch == 2
    assert set(contents(store)) == {("", "a"), ("", "b")}
    assert (store.unlisted(), len(listed(store))) == ([], 2)
    deliver(store, [event("c", 3, n=3)])
    assert [s.rows for s in listed(store)] == [3]
    assert list(store.verify()) == []


@pytest.mark.usefixtures("merged_in_pairs")
def test_a_damaged_segment_is_never_merged(store: ParquetEventStore) -> None:
    deliver(store, [event("a", 1, n=1)])
    (old,) = listed(store)
    with duckdb.connect() as connection:
        path = store.folder / old.file
        connection.read_parquet(str(path)).project('* REPLACE (2 AS "n.n")').write_parquet(f"{path}.x")
        Path(f"{path}.x").replace(path)
    deliver(store, [event("b", 1, n=1)])
    assert len(listed(store)) == 2
    assert [name for name, _ in store.verify()] == [old.file]


@pytest.mark.usefixtures("merged_in_pairs")
def test_verify_holds_a_merged_segment_against_its_parts(store: ParquetEventStore) -> None:
    for name in "ab":
        deliver(store, [event(name, 1, n=1)])
    (merged,) = listed(store)
    with writing(store.engine) as session:
        session.execute(update(SegmentRow).where(SegmentRow.id == 1).values(rows=2))
    ((name, fault),) = store.verify()
    assert (name, fault) == (merged.file, "it does not add up to the segments that were merged into it")


def test_large_hidden_and_wide_segments_are_left_alone() -> None:
    small = [segment(1) for _ in range(MEMBERS)]
    assert list(due(small)) == [small]
    assert list(due(small[1:])) == []
    for odd in (segment(1 << 16), segment(1, bytes=1 << 23), segment(1, hidden_from=3)):
        assert list(due([*small[1:], odd])) == []
    wide = [segment(1, layout={f"{k}.{j}": Columns(text="t") for j in range(100)}) for k in range(40)]
    (parts,) = due([*wide, *small])
    assert [part in wide for part in parts] == [True] * 10 + [False] * MEMBERS


@given(st.lists(st.integers(1, 1 << 17), max_size=60))
@settings(max_examples=12)
def test_merging_again_and_again_leaves_few_small_segments(sizes: Sequence[int]) -> None:
    held: list[Segment] = []
    rewritten = 0
    for rows in sizes:
        held.append(segment(rows))
        for parts in due(held):
            total = sum(part.rows for part in parts)
            assert len(parts) >= MEMBERS
            assert total <= 1 << 20
            held = [one for one in held if one not in parts] + [segment(total)]
            rewritten += total
    assert sum(one.rows for one in held) == sum(sizes)
    assert rewritten <= 4 * sum(sizes)
    assert sum(one.rows < 1 << 16 for one in held) < 4 * MEMBERS + 1


def changes_since(store: ParquetEventStore, at: int) -> list[Change]:
    """Return what came and went after a snapshot, in a window that holds some of the events."""
    watched = Watched(key=0, accounts=("a",), metric="m", since=2, until=4, snapshot=at)
    return store.changes([Epoch(at, 2, 4)], lambda _: [watched], store.snapshot())


@settings(max_examples=6)
@given(sequences)
def test_changes_since_a_snapshot_add_up(sequence: list[Step]) -> None:
    with temporary_store() as store:
        done(store, sequence)
        held = [len(list(store.events(Search(since=2, until=4), at))) for at in range(store.snapshot() + 1)]
        for at, count in enumerate(held):
            changes = changes_since(store, at)
            assert count + sum(c.added - c.hidden for c in changes) == held[-1]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequences)
def test_no_snapshot_tells_a_store_that_merged_from_one_that_did_not(
    monkeypatch: pytest.MonkeyPatch, sequence: list[Step]
) -> None:
    with temporary_store() as plain, temporary_store() as merged:
        expected = done(plain, sequence)
        with monkeypatch.context() as patch:
            patch.setattr(merging, "MEMBERS", 2)
            assert done(merged, sequence) == expected
        for at in range(plain.snapshot() + 1):
            assert view(merged, at) == view(plain, at)
            assert changes_since(merged, at) == changes_since(plain, at)
        assert list(merged.verify()) == []
