"""Sessions on PostgreSQL: readers see one state and never wait, writers take turns and see the newest.

A workspace has one writer at a time, as on SQLite: whoever writes holds a lock of the database's from
its first statement on, so what it reads is true until it commits, numbers have no gaps, and there is nothing
to deadlock or to serialise. A connection that is lost before the first statement is made again; one that is
lost while committing is asked for by the transaction's number.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from usagebill_tui.errors import StorageFailed
from usagebill_tui.store.postgresql.failures import is_lost, is_passing, told
from usagebill_tui.store.postgresql.opening import place_of, schema_of
from usagebill_tui.store.postgresql.patience import PATIENCE, Patience

PATIENCE_OPTION = "usagebill_patience"
TURN_SECONDS = 30
"""How long a writer waits for its turn."""

_TURN = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('usagebill writes ' || :schema, 0)), "
    "pg_current_xact_id()::text"
)
_T = TypeVar("_T")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Give a session that sees one consistent state."""
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with translated(engine), _begun(reader, _look) as (session, _):
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Give a session whose changes are committed together at the end of the block, or not at all."""
    with translated(engine), _begun(engine, _take_turn) as (session, number):
        yield session
        try:
            session.commit()
        except DBAPIError as error:
            if not is_lost(error):
                raise
            session.invalidate()
            _check_committed(engine, number, error)


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn the database's own failures into one clear line."""
    try:
        yield
    except DBAPIError as error:
        failure = told(error, engine)
        if failure is None:
            raise
        raise failure from error


def patiently(engine: Engine, work: Callable[[], _T]) -> _T:
    """Do what changes nothing, again and again for a while where the server cannot be reached."""
    patience: Patience = engine.get_execution_options().get(PATIENCE_OPTION, PATIENCE)
    for wait in patience.waits:
        try:
            return work()
        except DBAPIError as error:
            if not is_passing(error):
                raise
            patience.sleep(wait)
    return work()


@contextmanager
def _begun(engine: Engine, first: Callable[[Connection, str], str]) -> Iterator[tuple[Session, str]]:
    """Give a session in which the first statement was done, and what that returned."""
    schema = schema_of(engine)

    def begin() -> tuple[Session, str]:
        session = Session(engine)
        try:
            return session, first(session.connection(), schema)
        except BaseException:
            session.close()
            raise

    session, found = patiently(engine, begin)
    with session:
        yield session, found


def _look(connection: Connection, _schema: str) -> str:
    # A connection of the pool may be dead without anybody having noticed.
    connection.exec_driver_sql("SELECT 1")
    return ""


def _take_turn(connection: Connection, schema: str) -> str:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{TURN_SECONDS}s'")
    return str(connection.execute(_TURN, {"schema": schema}).one()[1])


def _check_committed(engine: Engine, number: str, error: DBAPIError) -> None:
    """Return where a transaction was committed all the same; raises StorageFailed where it was not."""

    def status() -> str | None:
        with engine.connect() as connection:
            query = text("SELECT pg_xact_status(CAST(:number AS xid8))")
            found: str | None = connection.scalar(query, {"number": number})
            return found

    where, mend = place_of(engine), "look whether it was done before you try again"
    try:
        became = patiently(engine, status)
    except DBAPIError:
        what = "the connection was lost just when it was stored, and the server does not answer"
        raise StorageFailed(what, where=where, mend=mend) from error
    if became == "in progress":
        what = "the server has not yet settled whether it was stored"
        raise StorageFailed(what, where=where, mend=mend) from error
    if became != "committed":
        raise StorageFailed(
            "the connection was lost; nothing was changed", where=where, mend="try again"
        ) from error
