"""Schemas: one holds one workspace. They are made, looked for and taken away again here."""

from sqlalchemy import Connection, Engine, text

from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import InvalidInput, NotFound, Refused
from usagebill_tui.store.migrate import make_schema
from usagebill_tui.store.postgresql.opening import LONGEST_NAME, OLDEST, place_of, quoted, schema_of
from usagebill_tui.store.postgresql.sessions import reading, writing

_PREFIX = "usagebill_"
_NOTE = "usagebill workspace; events in "


def schema_named(workspace: str) -> str:
    """Return the name of a workspace's schema; raises InvalidInput where that would be too long."""
    name = _PREFIX + workspace
    if len(name) > LONGEST_NAME:
        most = LONGEST_NAME - len(_PREFIX)
        what = f"{workspace!r} is too long for a workspace in PostgreSQL"
        raise InvalidInput(what, mend=f"use a name of up to {most} letters")
    return name


def create_schema(engine: Engine) -> None:
    """Make the schema and all its tables in one transaction.

    Raises Refused where it exists, or where the database does not keep what it is given.
    """
    schema = schema_of(engine)
    with writing(engine) as session:
        connection = session.connection()
        _check_server(engine, connection)
        if _exists(connection, schema):
            raise Refused(
                f"the schema {schema} exists already",
                where=place_of(engine),
                mend="join the workspace in it with --join, or choose another name",
            )
        connection.exec_driver_sql(f"CREATE SCHEMA {quoted(schema)}")
        make_schema(connection)
    # The connections were made when there was no such schema.
    engine.dispose()


def check_schema(engine: Engine) -> None:
    """Raise NotFound, naming the nearest, where the schema does not exist."""
    schema = schema_of(engine)
    with reading(engine) as session:
        connection = session.connection()
        if _exists(connection, schema):
            return
        names = connection.scalars(text("SELECT nspname FROM pg_namespace")).all()
    ours = [name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX)]
    mend = suggestion(schema.removeprefix(_PREFIX), ours) or "create it without --join"
    raise NotFound(f"there is no schema {schema}", where=place_of(engine), mend=mend)


def note_events(engine: Engine, events: str) -> None:
    """Note beside the schema, for those who join, what the database of its events is called."""
    with writing(engine) as session:
        words = (_NOTE + events).replace("'", "''")
        schema = quoted(schema_of(engine))
        session.connection().exec_driver_sql(f"COMMENT ON SCHEMA {schema} IS '{words}'")


def check_events(engine: Engine, events: str) -> None:
    """Raise Refused where the events of the workspace are noted to lie in another database."""
    with reading(engine) as session:
        query = text("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :schema")
        noted = str(session.scalar(query, {"schema": schema_of(engine)}) or "")
    if noted.startswith(_NOTE) and noted != _NOTE + events:
        others = noted.removeprefix(_NOTE)
        raise Refused(
            f"the events of this workspace lie in {others}, not in {events}",
            where=place_of(engine),
            mend="give the address that the others gave",
        )


def drop_schema(engine: Engine) -> None:
    """Remove the schema with everything in it."""
    with writing(engine) as session:
        session.connection().exec_driver_sql(f"DROP SCHEMA {quoted(schema_of(engine))} CASCADE")


def _exists(connection: Connection, schema: str) -> bool:
    query = text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")
    return connection.scalar(query, {"schema": schema}) is not None


def _check_server(engine: Engine, connection: Connection) -> None:
    version = int(str(connection.scalar(text("SHOW server_version_num"))))
    if version < OLDEST:
        what = f"PostgreSQL {version // 10000} is too old"
        raise Refused(what, where=place_of(engine), mend=f"use PostgreSQL {OLDEST // 10000} or newer")
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise Refused(
            f"the database keeps its texts in {encoding}, in which names may be lost",
            where=place_of(engine),
            mend="create one with ENCODING 'UTF8' TEMPLATE template0",
        )
