"""Whose turn it is: identities are decided for one import or undoing at a time, on whichever machine."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine

from usagebill_tui.eventstore.parquet.locking import locked


def turn(engine: Engine, folder: Path, waiting: Callable[[str], None]) -> AbstractContextManager[None]:
    """Hold the lock of a workspace: the catalogue's where that is on a server, else one in the folder."""
    if engine.dialect.name == "postgresql":
        from usagebill_tui.store.postgresql.holding import held

        return held(engine, "import", waiting)
    return locked(folder, waiting)
