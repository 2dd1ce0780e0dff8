"""A workspace's database: the one way in for the use cases."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from usagebill_tui.store.engine import open_sqlite, reading, writing
from usagebill_tui.store.migrate import upgrade

__all__ = ["Database", "Session"]


class Database:
    """A database at the newest schema, with sessions that read one state or write all or nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.engine: Engine = open_sqlite(path)
        upgrade(self.engine)

    @property
    def engine_name(self) -> str:
        """Return the database's name and version."""
        return f"SQLite {sqlite3.sqlite_version}"

    def reading(self) -> AbstractContextManager[Session]:
        """Give a session that sees one consistent state."""
        return reading(self.engine)

    def writing(self) -> AbstractContextManager[Session]:
        """Give a session whose changes are committed together, or not at all."""
        return writing(self.engine)

    def fingerprint(self) -> object:
        """Return what differs after any commit, by this process or another: the files' sizes and times."""
        files = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        return tuple(
            (found.st_mtime_ns, found.st_size) for file in files if (found := _stat(file)) is not None
        )

    def faults(self) -> Sequence[str]:
        """Return what the database's own check finds wrong with it."""
        with reading(self.engine) as session:
            rows = session.execute(text("PRAGMA integrity_check")).scalars().all()
        return [str(row) for row in rows if row != "ok"]

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
