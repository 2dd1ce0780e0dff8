"""Only one import decides at a time; one that waits says so, once, and whom it waits for."""

import os
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from tests.eventstore.stores import AUTHOR, contents, deliver, event, new_store
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet import locking
from usagebill_tui.eventstore.parquet.connection import translated
from usagebill_tui.eventstore.parquet.store import ParquetEventStore


@pytest.fixture(name="store")
def store_with_a_batch(tmp_path: Path) -> ParquetEventStore:
    store = new_store(tmp_path)
    deliver(store, [event("a")])
    return store


def test_waiting_is_said_once_with_the_one_who_holds_the_lock(
    store: ParquetEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "PATIENCE_SECONDS", 0)
    holding = FileLock(store.folder / ".import.lock")
    holding.acquire()
    (store.folder / ".import.holder").write_text("process 4711 on till")
    said: list[str] = []

    def waiting(sentence: str) -> None:
        said.append(sentence)
        holding.release()

    store.waiting = waiting
    store.undo(1, AUTHOR)
    assert contents(store) == {}
    assert said == [
        "waiting for another import to be stored (process 4711 on till); Ctrl-C stops, changing nothing"
    ]


def test_who_holds_the_lock_is_known_while_it_is_held(store: ParquetEventStore) -> None:
    holder = store.folder / ".import.holder"
    with store.deciding():
        assert holder.read_text().startswith(f"process {os.getpid()} on ")
    assert not holder.exists()


def test_who_holds_the_lock_may_be_unknown(store: ParquetEventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "PATIENCE_SECONDS", 0)
    holding = FileLock(store.folder / ".import.lock")
    holding.acquire()
    said: list[str] = []

    def waiting(sentence: str) -> None:
        said.append(sentence)
        holding.release()

    store.waiting = waiting
    with store.deciding():
        pass
    assert said == ["waiting for another import to be stored; Ctrl-C stops, changing nothing"]


def test_an_error_that_duckdb_wraps_reads_as_one_sentence(tmp_path: Path) -> None:
    wrapped = (
        'IO Error: Async write failed for range [offset=4, size=5]: {"exception_type":"IO",'
        '"exception_message":"Could not write file \\"/a b\\": No space left on device","errno":"28"}'
    )
    with pytest.raises(StorageFailed) as failed, translated(tmp_path):
        raise duckdb.IOException(wrapped)
    assert str(failed.value) == (
        f'{tmp_path}: IO Error: Could not write file "/a b": No space left on device; '
        "free some space on the disk and try again"
    )
