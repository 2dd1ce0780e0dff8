"""Engines on a PostgreSQL schema. The driver is imported here, and nowhere else."""

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from usagebill_tui.errors import InvalidInput, StorageFailed

SCHEMA = "usagebill_schema"
"""The execution option that holds an engine's schema."""

LONGEST_NAME = 63
"""How many bytes PostgreSQL keeps of a name."""

OLDEST = 130000
"""PostgreSQL 13: it tells what became of a transaction whose connection was lost."""

_CONNECT_SECONDS = 10
_IDLE_SECONDS = 60
_NAMES = ("postgresql", "postgres", "postgresql+psycopg")


def open_postgresql(address: str, schema: str) -> Engine:
    """Return an engine whose connections work in one schema; nothing is connected to yet.

    Raises InvalidInput for another kind of address, StorageFailed where the driver is missing.
    """
    url = _url(address)
    try:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "keepalives_idle": _IDLE_SECONDS,
                "application_name": "usagebill",
            },
            execution_options={SCHEMA: schema},
        )
    except ImportError as error:
        mend = "pip install 'usagebill_tui[postgresql]'"
        what = "PostgreSQL's driver, psycopg, is not installed"
        if not isinstance(error, ModuleNotFoundError):
            what = "PostgreSQL's driver, psycopg, cannot be loaded"
        raise StorageFailed(what, mend=mend) from error

    # Before SQLAlchemy asks what the schema is.
    @event.listens_for(engine, "connect", insert=True)
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET search_path TO {quoted(schema)}; SET TIME ZONE 'UTC'")
        cursor.close()
        connection.commit()

    return engine


def schema_of(engine: Engine) -> str:
    """Return the schema that an engine works in."""
    return str(engine.get_execution_options()[SCHEMA])


def place_of(engine: Engine) -> str:
    """Return where an engine's data lie, for messages: no user, no password."""
    url = engine.url
    host = url.host or url.query.get("host") or "local socket"
    port = f":{url.port}" if url.port else ""
    return f"PostgreSQL {host}{port}/{url.database or url.username or ''}, schema {schema_of(engine)}"


def quoted(name: str) -> str:
    """Return a name as SQL spells it."""
    return '"' + name.replace('"', '""') + '"'


def _url(address: str) -> URL:
    mend = "write postgresql+psycopg://user@host/database"
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # What cannot be read may hold a password anywhere.
        raise InvalidInput("the database's address cannot be read", mend=mend) from None
    if url.drivername not in _NAMES:
        raise InvalidInput(f"{url.drivername} is no database that usagebill knows", mend=mend)
    if not url.database:
        raise InvalidInput("the database's address names no database", mend=mend)
    return url.set(drivername="postgresql+psycopg")
