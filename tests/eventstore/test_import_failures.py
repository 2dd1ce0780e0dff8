"""Whatever fails on the way: nothing is listed, no file is left, the lock is free."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock
from sqlalchemy import Engine
from sqlalchemy import event as listening
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from tests.eventstore.stores import AUTHOR, contents, deliver, event, files_of, new_store, stored
from usagebill_tui.domain.event import Reject
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet import files, importing, listing
from usagebill_tui.eventstore.parquet import store as store_module
from usagebill_tui.eventstore.parquet.relation import text_literal
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.locations import sync_folder
from usagebill_tui.store import audit
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import batches, segments
from usagebill_tui.store.rejects import stored_rejects

OLD = [event(name, 1, n=1) for name in "abc"]
NEW = [event(name, 1, n=2) for name in "abcde"]
Patch = Callable[[pytest.MonkeyPatch, ParquetEventStore], None]


class Boom(Exception):
    pass


@pytest.fixture(name="store")
def store_with_a_batch(tmp_path: Path) -> ParquetEventStore:
    store = new_store(tmp_path)
    deliver(store, OLD)
    return store


def state(store: ParquetEventStore) -> Any:
    with reading(store.engine) as session:
        listed = segments(session, ["events", "claims", "conflicts", "hides"], 99)
        return (
            store.snapshot(),
            batches(session),
            listed,
            audit.entries(session),
            list(stored_rejects(session)),
            contents(store),
            files_of(store),
        )


def check_untouched(store: ParquetEventStore, before: Any) -> None:
    assert state(store) == before
    FileLock(store.folder / ".import.lock").acquire(timeout=0).lock.release()


def refuse(*_: Any, **__: Any) -> Any:
    raise Boom


def fail_call(number: int, original: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    """Return a function that fails when it is called for the n-th time."""
    calls = iter(range(1, 99))

    def called(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == number:
            raise error
        return original(*args, **kwargs)

    return called


def commit_refused(monkeypatch: pytest.MonkeyPatch, _: ParquetEventStore) -> None:
    monkeypatch.setattr(importing, "add_batch", refuse)
    monkeypatch.setattr(store_module, "add_batch", refuse)


def audit_refused(monkeypatch: pytest.MonkeyPatch, _: ParquetEventStore) -> None:
    monkeypatch.setattr(importing, "record", refuse)
    monkeypatch.setattr(store_module, "record", refuse)


def interrupted(monkeypatch: pytest.MonkeyPatch, _: ParquetEventStore) -> None:
    monkeypatch.setattr(files, "_sums", fail_call(2, files._sums, KeyboardInterrupt()))  # noqa: SLF001 - the point to fail at


def rename_fails(monkeypatch: pytest.MonkeyPatch, _: ParquetEventStore) -> None:
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(Path, "replace", fail_call(2, Path.replace, full))


def sync_fails(monkeypatch: pytest.MonkeyPatch, _: ParquetEventStore) -> None:
    monkeypatch.setattr(files, "sync_folder", fail_call(2, sync_folder, OSError(5, "I/O error")))


def copy_fails(monkeypatch: pytest.MonkeyPatch, _: ParquetEventStore) -> None:
    no_such_folder = str(Path("nonexistent", "x.parquet"))
    calls = iter(range(99))

    def elsewhere(text: str) -> str:
        return text_literal(no_such_folder if next(calls) == 3 else text)

    monkeypatch.setattr(files, "text_literal", elsewhere)


def database_full(_: pytest.MonkeyPatch, store: ParquetEventStore) -> None:
    @listening.listens_for(store.engine, "begin")
    def hold_size(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


FAILURES: list[tuple[Patch, type[BaseException]]] = [
    (commit_refused, Boom),
    (audit_refused, Boom),
    (interrupted, KeyboardInterrupt),
    (rename_fails, StorageFailed),
    (sync_fails, StorageFailed),
    (copy_fails, StorageFailed),
]


@pytest.mark.parametrize(("break_it", "error"), [*FAILURES, (database_full, StorageFailed)])
def test_an_import_that_fails_leaves_nothing_and_can_be_done_again(
    store: ParquetEventStore,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Patch,
    error: type[BaseException],
) -> None:
    before = state(store)
    with monkeypatch.context() as patch:
        break_it(patch, store)
        with pytest.raises(error):
            deliver(store, NEW, on_conflict="replace", rejects=[Reject(9, "broken", "{" * 20_000)])
    check_untouched(store, before)
    if break_it is not database_full:
        deliver(store, NEW, on_conflict="replace")
        assert {e.id for e in stored(store)} == set("abcde")


@pytest.mark.parametrize(("break_it", "error"), FAILURES)
def test_an_undo_that_fails_leaves_nothing_and_can_be_done_again(
    store: ParquetEventStore,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Patch,
    error: type[BaseException],
) -> None:
    deliver(store, NEW, on_conflict="replace")
    deliver(store, NEW[4:])
    before = state(store)
    with monkeypatch.context() as patch:
        break_it(patch, store)
        with pytest.raises(error):
            store.undo(2, AUTHOR)
    check_untouched(store, before)
    assert store.undo(2, AUTHOR) == (4, 3)
    assert contents(store) == {("", e.id): e.content for e in [*OLD, NEW[4]]}


def test_an_import_that_is_given_up_leaves_nothing(store: ParquetEventStore) -> None:
    before = state(store)
    under_way = store.start_import()
    assert (store.folder / "staging").exists()
    under_way.close()
    check_untouched(store, before)


def test_an_engine_that_does_not_start_leaves_nothing(
    store: ParquetEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(store)
    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "connect", refuse)
        with pytest.raises(Boom):
            store.start_import()
    check_untouched(store, before)


def test_staging_that_cannot_be_written_says_so(store: ParquetEventStore) -> None:
    (store.folder / "staging").rmdir()
    (store.folder / "staging").write_text("in the way")
    with pytest.raises(StorageFailed, match="staging: cannot"):
        store.start_import()


def test_a_folder_that_cannot_be_locked_says_so(store: ParquetEventStore) -> None:
    lock = store.folder / ".import.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    with pytest.raises(StorageFailed, match=r"\.import\.lock: cannot be locked"):
        store.undo(1, AUTHOR)


def test_an_interrupt_after_the_commit_loses_nothing(
    store: ParquetEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def interrupted_writing(engine: Engine) -> Iterator[Session]:
        with writing(engine) as session:
            yield session
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(listing, "writing", interrupted_writing)
        with pytest.raises(KeyboardInterrupt):
            deliver(store, NEW, on_conflict="replace")
    assert contents(store) == {("", e.id): e.content for e in NEW}


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "junk"])
def test_a_damaged_segment_is_one_clear_line(store: ParquetEventStore, damage: str) -> None:
    (segment,) = store.folder.glob("events-*.parquet")
    data = segment.read_bytes()
    if damage == "missing":
        segment.unlink()
    else:
        segment.write_bytes({"empty": b"", "cut": data[:-20], "junk": os.urandom(8) * 100}[damage])
    with pytest.raises(StorageFailed, match="usagebill doctor"):
        stored(store)
