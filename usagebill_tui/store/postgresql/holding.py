"""Locks between machines, for work that is longer than a transaction: one import at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from usagebill_tui.store.postgresql.opening import schema_of
from usagebill_tui.store.postgresql.sessions import patiently, translated

_KEY = "hashtextextended('usagebill ' || :name || ' ' || :schema, 0)"
_TRY = text(f"SELECT pg_try_advisory_lock({_KEY})")
_WAIT = text(f"SELECT pg_advisory_lock({_KEY})")
_LET_GO = text(f"SELECT pg_advisory_unlock({_KEY})")


@contextmanager
def held(engine: Engine, name: str, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock of the workspace by its name; `waiting` is told, in a sentence, where somebody has it.

    It is let go of when the block ends, and by the server when the connection is lost.
    """
    keys = {"name": name, "schema": schema_of(engine)}

    def connected() -> Connection:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.exec_driver_sql("SELECT 1")
        except BaseException:
            connection.close()
            raise
        return connection

    with translated(engine):
        connection = patiently(engine, connected)
        with connection:
            if not connection.scalar(_TRY, keys):
                waiting("waiting for another import to be stored; Ctrl-C stops, changing nothing")
                connection.execute(_WAIT, keys)
            try:
                yield
            finally:
                if not connection.invalidated:
                    connection.execute(_LET_GO, keys)
