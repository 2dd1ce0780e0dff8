"""Engines: how a database is opened so that readers never wait and writers never deadlock."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from usagebill_tui.errors import StorageFailed
from usagebill_tui.locations import FILE_MODE

BUSY_SECONDS = 30
_WRITES = "usagebill_writes"


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Tell whether this SQLite lacks the WAL-reset bug, by which two connections can damage a database.

    Fixed in 3.51.3 and in the branches 3.44.6 and 3.50.7 (see sqlite.org/wal.html).
    """
    if version >= (3, 51, 3):
        return True
    fixed_in = {(3, 44): 6, (3, 50): 7}
    return version[2] >= fixed_in.get(version[:2], 10**6)


def open_sqlite(path: Path) -> Engine:
    """Return an engine on a SQLite file, made for its owner only. Its transactions are explicit; DDL too."""
    _create_private(path)
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS})
    journal = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # Python's sqlite3 would otherwise begin and commit on its own, around DDL too.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")
        if str(_first(cursor.execute("PRAGMA journal_mode"))).upper() != journal:
            cursor.execute(f"PRAGMA journal_mode={journal}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another writer came between.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _create_private(path: Path) -> None:
    """Create an empty database that only its owner can read; SQLite gives its journals the same mode.

    A file that exists is not even opened: closing it would drop the locks that this process holds on it.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))


def _first(cursor: object) -> object:
    return cursor.fetchone()[0]  # type: ignore[attr-defined] # sqlite3 returns the cursor


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Give a session that sees one consistent state."""
    if _is_shared(engine):
        from usagebill_tui.store.postgresql import sessions

        with sessions.reading(engine) as session:
            yield session
        return
    with translated(engine), Session(engine) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Give a session whose changes are committed together at the end of the block, or not at all."""
    if _is_shared(engine):
        from usagebill_tui.store.postgresql import sessions

        with sessions.writing(engine) as session:
            yield session
        return
    writer = engine.execution_options(**{_WRITES: True})
    with translated(engine), Session(writer) as session, session.begin():
        yield session


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the database's own failures into one clear line."""
    if _is_shared(engine):
        from usagebill_tui.store.postgresql import sessions

        with sessions.translated(engine):
            yield
        return
    try:
        yield
    except (OperationalError, DatabaseError) as error:
        if isinstance(error, OperationalError) or type(error) is DatabaseError:
            raise StorageFailed(
                str(error.orig), where=str(engine.url.database), mend=_mend(str(error.orig))
            ) from error
        raise


def _is_shared(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def _mend(message: str) -> str:
    mends = {
        "locked": "another usagebill is writing; try again when it is done",
        "readonly": "make the folder and its files writable",
        "full": "free some space on the disk and try again",
        "malformed": "run `usagebill doctor`, or restore a backup",
        "not a database": "restore a backup of this file",
        "unable to open": "check that the folder exists and may be read and written",
    }
    return next((mend for word, mend in mends.items() if word in message), "run `usagebill doctor`")
