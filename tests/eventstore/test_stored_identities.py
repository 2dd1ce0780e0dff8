"""What is stored is found by its identity, through the keys beside large segments as by reading all ids."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from tests.eventstore.sequences import Step, done, sequences
from tests.eventstore.stores import AUTHOR, contents, deliver, event, files_of, new_store, temporary_store
from usagebill_tui.eventstore.parquet import identities, merging
from usagebill_tui.eventstore.parquet.merging import KEPT
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment, segments

ROWS = [event(f"e{k}", k, source="s" * (k % 2), n=k) for k in range(6)]


@pytest.fixture(name="store")
def store_with_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ParquetEventStore:
    monkeypatch.setattr(identities, "KEYED_ROWS", 2)
    store = new_store(tmp_path)
    deliver(store, ROWS)
    return store


def keys_of(store: ParquetEventStore) -> list[Segment]:
    with reading(store.engine) as session:
        return segments(session, ["keys"], store.snapshot())


def kinds(store: ParquetEventStore, *names: tuple[str, str]) -> tuple[int, int, int]:
    by_name = {(row.source, row.id): row for row in ROWS}
    arriving = [by_name.get(name) or event(name[1], 9, source=name[0], n=1) for name in names]
    counts = deliver(store, arriving).counts
    return counts.accepted, counts.duplicates, counts.conflicts


def test_large_segments_have_keys_and_small_ones_have_none(store: ParquetEventStore) -> None:
    (keys,) = keys_of(store)
    deliver(store, [event("small")])
    assert [one.file for one in keys_of(store)] == [keys.file]
    assert keys.rows == len(ROWS)
    assert list(store.verify()) == []


def test_known_and_new_identities_are_told_apart(store: ParquetEventStore) -> None:
    assert kinds(store, ("", "e0"), ("s", "e1"), ("s", "e0"), ("", "e1"), ("", "e9")) == (3, 2, 0)
    assert kinds(store, ("", "e2"), ("", "e9"), ("s", "e0")) == (0, 3, 0)


def test_new_identities_are_found_new_without_reading_ids(store: ParquetEventStore) -> None:
    for path in store.folder.glob("events-*.parquet"):
        path.unlink()
    assert kinds(store, ("", "new"), ("s", "newer")) == (2, 0, 0)


def test_equal_hashes_do_not_make_equal_events(
    store: ParquetEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "KEY", "hash(length(id))")
    monkeypatch.setattr(identities, "_probe", lambda _: "colliding")
    deliver(store, [event("tidying", 1)])
    assert any("colliding" in one.file for one in keys_of(store))
    assert kinds(store, ("", "x1"), ("", "e2"), ("s", "x2")) == (2, 1, 0)


def test_keys_of_another_hash_are_not_used_and_made_anew(
    store: ParquetEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old,) = keys_of(store)
    monkeypatch.setattr(identities, "_probe", lambda _: "other")
    monkeypatch.setattr(identities, "KEY", "hash(source, id)")
    assert kinds(store, ("", "e0"), ("", "new")) == (1, 1, 0)
    (renewed,) = keys_of(store)
    assert renewed.file.startswith("keys-other-")
    assert kinds(store, ("", "e0"), ("", "newer")) == (1, 1, 0)
    assert {old.file, renewed.file} <= files_of(store)
    assert (store.unlisted(), list(store.verify())) == ([], [])
    with duckdb.connect() as connection:
        merging.tidy(store.engine, connection, store.place, AUTHOR.at + KEPT)
    assert old.file not in files_of(store)


def test_a_flipped_bit_in_the_keys_is_found(store: ParquetEventStore) -> None:
    (keys,) = keys_of(store)
    path = store.folder / keys.file
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    assert [name for name, _ in store.verify()] == [keys.file]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequences)
def test_keys_decide_as_ids_do(monkeypatch: pytest.MonkeyPatch, sequence: list[Step]) -> None:
    with temporary_store() as plain, temporary_store() as keyed:
        expected = done(plain, sequence)
        with monkeypatch.context() as patch:
            patch.setattr(identities, "KEYED_ROWS", 1)
            patch.setattr(merging, "MEMBERS", 2)
            assert done(keyed, sequence) == expected
        assert contents(keyed) == contents(plain)
        assert (list(keyed.verify()), keyed.unlisted()) == ([], [])
