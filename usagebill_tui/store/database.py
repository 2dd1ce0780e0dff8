"""A workspace's database: the one way in for the use cases."""

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
        self.engine: Engine = open_sqlite(path)
        upgrade(self.engine)

    def reading(self) -> AbstractContextManager[Session]:
        """Give a session that sees one consistent state."""
        return reading(self.engine)

    def writing(self) -> AbstractContextManager[Session]:
        """Give a session whose changes are committed together, or not at all."""
        return writing(self.engine)

    def faults(self) -> list[str]:
        """Return what the database's own check finds wrong with it."""
        with reading(self.engine) as session:
            rows = session.execute(text("PRAGMA integrity_check")).scalars().all()
        return [str(row) for row in rows if row != "ok"]

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()
