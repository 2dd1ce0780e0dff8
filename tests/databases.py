"""Which database tests work on: a SQLite file, or, with `--catalogue postgresql`, a schema of a real server.

A folder stands for a database: the file in it, or the schema that was taken for it. Schemas are emptied and
used again when their folder is gone or the test is over, since making one takes a while.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, delete, text
from sqlalchemy.exc import DBAPIError

from tests.postgresql.server import DATABASE, PASSWORD, USER, Server
from usagebill_tui import stores
from usagebill_tui.homes import SERVER_FORMAT, Fixed
from usagebill_tui.store.database import Database
from usagebill_tui.store.engine import open_sqlite
from usagebill_tui.store.migrate import upgrade
from usagebill_tui.store.postgresql.database import SharedDatabase
from usagebill_tui.store.postgresql.opening import open_postgresql, quoted
from usagebill_tui.store.postgresql.schemas import create_schema
from usagebill_tui.store.tables import Base

CREATED = "2024-01-01T00:00:00Z"
sqlite_only = pytest.mark.sqlite_only
"""Marks what looks into the file of a SQLite database, or is about SQLite alone."""


def address_of(server: Server, password: str | None = None) -> str:
    """Return the address of a server's database; with its password, or another text for it."""
    secret = quote(PASSWORD, safe="") if password is None else password
    return f"postgresql+psycopg://{USER}:{secret}@127.0.0.1:{server.port}/{DATABASE}"


class Schemas:
    """The schemas of a server that tests may use."""

    def __init__(self, server: Server) -> None:
        self.address = address_of(server)
        self._taken: dict[Path, str] = {}
        self._free: list[str] = []
        self._made = 0
        self.engines: list[Engine] = []

    def of(self, folder: Path) -> str:
        """Return the schema that stands for a folder."""
        folder = folder.resolve()
        if folder not in self._taken:
            self._reclaim()
            self._taken[folder] = self._emptied() or self._new()
        return self._taken[folder]

    def give_back(self) -> None:
        """Let go of all schemas: the test is over."""
        self._free += self._taken.values()
        self._taken.clear()
        while self.engines:
            self.engines.pop().dispose()

    def _reclaim(self) -> None:
        gone = [folder for folder in self._taken if not folder.exists()]
        self._free += [self._taken.pop(folder) for folder in gone]

    def _emptied(self) -> str | None:
        while self._free:
            schema = self._free.pop()
            with suppress(DBAPIError):  # somebody still holds it
                self._empty(schema)
                return schema
        return None

    def _empty(self, schema: str) -> None:
        engine = open_postgresql(self.address, schema)
        numbers = text("SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema()")
        try:
            with engine.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '2s'"))
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                for table in Base.metadata.tables.values():
                    connection.execute(delete(table))
                for name in connection.scalars(numbers).all():
                    connection.exec_driver_sql(f"ALTER SEQUENCE {quoted(name)} RESTART")
        finally:
            engine.dispose()

    def _new(self) -> str:
        self._made += 1
        schema = f"usagebill_test{self._made}"
        engine = open_postgresql(self.address, schema)
        create_schema(engine)
        engine.dispose()
        return schema


class _Chosen:
    schemas: Schemas | None = None


@contextmanager
def working_on(schemas: Schemas) -> Iterator[None]:
    """Work on these schemas, with events in the folders, which no command allows."""
    before = _Chosen.schemas
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stores, "_check_together", lambda _: None)
        _Chosen.schemas = schemas
        try:
            yield
        finally:
            _Chosen.schemas = before


def chosen() -> Schemas | None:
    """Return the schemas that are worked on, None for SQLite files."""
    return _Chosen.schemas


def open_database(folder: Path) -> Database:
    """Open the database that a folder stands for, at the newest schema."""
    schemas = _Chosen.schemas
    if schemas is None:
        desks = folder / "home" / "sandbox" / "catalogue.db"
        return Database(desks if desks.exists() else folder / "catalogue.db")
    database = SharedDatabase(schemas.address, schemas.of(folder))
    schemas.engines.append(database.engine)
    return database


def open_engine(folder: Path) -> Engine:
    """Open an engine on it."""
    schemas = _Chosen.schemas
    if schemas is None:
        engine = open_sqlite(folder / "catalogue.db")
        upgrade(engine)
        return engine
    engine = open_postgresql(schemas.address, schemas.of(folder))
    schemas.engines.append(engine)
    return engine


def fixed_for(folder: Path) -> Fixed | None:
    """Return the settings of a workspace in a folder that is not one by default, None for a usual one."""
    schemas = _Chosen.schemas
    if schemas is None:
        return None
    return Fixed(format=SERVER_FORMAT, created=CREATED, database=schemas.address, schema=schemas.of(folder))
