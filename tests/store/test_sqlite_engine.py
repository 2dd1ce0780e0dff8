import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from tests.databases import sqlite_only
from tests.eventstore.stores import deliver
from tests.eventstore.stores import event as new_event
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.store import engine as engine_module
from usagebill_tui.store.audit import entries
from usagebill_tui.store.counters import next_number
from usagebill_tui.store.database import Database
from usagebill_tui.store.engine import wal_is_safe

pytestmark = sqlite_only

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@pytest.fixture(name="database")
def new_database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "catalogue.db")
    yield database
    database.close()


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 7), True),
        ((3, 45, 3), False),
        ((3, 49, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_is_used_only_where_it_is_safe(version: tuple[int, int, int], *, safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize(("safe", "mode"), [(True, "wal"), (False, "delete")])
def test_the_journal_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, *, safe: bool
) -> None:
    monkeypatch.setattr(engine_module, "wal_is_safe", lambda _: safe)
    database = Database(tmp_path / "catalogue.db")
    with database.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == mode
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA synchronous")) == 2
    database.close()


def count_up(database: Database) -> int:
    with database.writing() as session:
        return next_number(session, "batch")


@pytest.mark.parametrize("safe", [True, False])
def test_readers_do_not_wait_for_a_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, safe: bool
) -> None:
    monkeypatch.setattr(engine_module, "wal_is_safe", lambda _: safe)
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0)
    path = tmp_path / "catalogue.db"
    mine, other = Database(path), Database(path)
    with mine.writing() as session:
        next_number(session, "batch")
        with other.reading() as reader:
            assert reader.scalar(text("SELECT count(*) FROM counters")) == 0
        with pytest.raises(StorageFailed, match="another usagebill is writing"):
            count_up(other)
    assert count_up(other) == 2
    mine.close()
    other.close()


def test_reading_sees_one_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "wal_is_safe", lambda _: True)
    database = Database(tmp_path / "catalogue.db")
    with database.reading() as reader:
        assert reader.scalar(text("SELECT count(*) FROM counters")) == 0
        with database.writing() as session:
            next_number(session, "batch")
        assert reader.scalar(text("SELECT count(*) FROM counters")) == 0
    database.close()


def test_writers_take_their_turn_before_they_read(database: Database) -> None:
    begun: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: begun.append(given[2]))
    with database.writing() as session:
        next_number(session, "x")
    with database.reading() as session:
        session.scalar(text("SELECT 1"))
    assert [line for line in begun if line.startswith("BEGIN")] == ["BEGIN IMMEDIATE", "BEGIN"]


def make_and_fail(database: Database) -> None:
    with database.writing() as session:
        next_number(session, "x")
        session.execute(text("CREATE TABLE made (x INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO made VALUES (NULL)"))


def test_what_fails_inside_is_taken_back(database: Database) -> None:
    with pytest.raises(IntegrityError):
        make_and_fail(database)
    with database.writing() as session:
        assert next_number(session, "x") == 1
        assert session.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'made'")) == 0


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("INSERT INTO customer_names (name, customer) VALUES ('a', 'nobody')"))


@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'other'", "DELETE FROM audit"])
def test_the_audit_only_grows(tmp_path: Path, change: str) -> None:
    database = Database(tmp_path / "catalogue.db")
    store = ParquetEventStore(database.engine, tmp_path / "events")
    store.folder.mkdir()
    deliver(store, [new_event("a")])
    with pytest.raises(IntegrityError, match="the audit only grows"), database.writing() as session:
        session.execute(text(change))
    with closing(sqlite3.connect(tmp_path / "catalogue.db")) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="the audit only grows"):
            connection.execute(change)
        connection.rollback()
    with database.reading() as session:
        assert [entry.who for entry in entries(session)] == ["tester"]
    database.close()


@posix
@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("safe", [True, False])
def test_only_the_owner_can_read_what_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, safe: bool
) -> None:
    monkeypatch.setattr(engine_module, "wal_is_safe", lambda _: safe)
    tmp_path.chmod(0o755)
    database = Database(tmp_path / "catalogue.db")
    (tmp_path / "events").mkdir(0o700)
    store = ParquetEventStore(database.engine, tmp_path / "events")
    deliver(store, [new_event("a", n=1), new_event("b", n=1)])
    deliver(store, [new_event("a", n=2), new_event("b", n=1)], on_conflict="replace")
    deliver(store, [new_event("a", n=3)])
    with database.writing() as session:
        next_number(session, "x")
        session.flush()
        found = {path.relative_to(tmp_path).as_posix(): path.stat().st_mode for path in tmp_path.rglob("*")}
    folders = {name for name, mode in found.items() if stat.S_ISDIR(mode)}
    assert folders == {"events", "events/staging"}
    journals = {"catalogue.db-wal", "catalogue.db-shm"} if safe else {"catalogue.db-journal"}
    assert journals | {"catalogue.db", "events/.import.lock"} <= found.keys()
    kinds = {Path(name).name.partition("-")[0] for name in found if name.endswith(".parquet")}
    assert kinds == {"events", "claims", "conflicts", "hides"}
    for name, mode in found.items():
        assert stat.S_IMODE(mode) == (0o700 if name in folders else 0o600), name
    database.close()


def test_opening_a_database_again_drops_no_locks(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    database = Database(path)
    with database.writing() as session:
        next_number(session, "x")
        engine_module.open_sqlite(path)
        other = sqlite3.connect(path, timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    database.close()
