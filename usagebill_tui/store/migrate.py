"""Bringing a database to this version's schema, with a backup before, and refusing a newer one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.locations import FILE_MODE
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.rules import add_rules

HEAD = "0002"
"""The newest step of the schema; a test holds it against the steps themselves."""

KNOWN = frozenset({"0001", "0002"})


def current_step(engine: Engine) -> str | None:
    """Return the step of the schema that a database is at, None for an empty one."""
    with reading(engine) as session:
        return _step_of(session.connection())


def _step_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    step = connection.execute(text("select version_num from alembic_version")).scalar()
    return None if step is None else str(step)


def upgrade(engine: Engine) -> None:
    """Bring a database to the newest step, all in one transaction.

    Raises Refused where a newer usagebill has written it.
    """
    step = current_step(engine)
    if step == HEAD:
        return
    if step is not None and step not in KNOWN:
        raise Refused(
            f"the schema {step} is newer than this usagebill knows",
            where=str(engine.url.database),
            mend="install the newest usagebill",
        )
    if step is None:
        create(engine)
    elif engine.dialect.name == "postgresql":
        upgrade_shared(engine)
    else:
        back_up(engine, step)
        run_steps(engine)


def back_up(engine: Engine, step: str) -> Path:
    """Copy a SQLite database beside itself before it is changed, and return the copy's path.

    Raises StorageFailed where that cannot be done.
    """
    source = Path(str(engine.url.database))
    copy = source.with_name(f"{source.stem}-before-{HEAD}-at-{step}{source.suffix}")
    try:
        copy.touch(FILE_MODE)
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(copy)) as backup:
            original.backup(backup)
    except (OSError, sqlite3.Error) as error:
        mend = "free some space on the disk and make the folder writable; the schema was not changed"
        raise StorageFailed(f"cannot be backed up: {error}", where=str(source), mend=mend) from error
    return copy


def upgrade_shared(engine: Engine) -> None:
    """Bring a schema that others use too to the newest step; its tables are copied to another one before."""
    from usagebill_tui.store.postgresql.copying import copy_schema

    with writing(engine) as session:
        connection = session.connection()
        step = _step_of(connection)
        if step != HEAD:  # else somebody else did it meanwhile
            copy_schema(connection, f"before-{HEAD}-at-{step}")
            _run_steps(connection)


def create(engine: Engine) -> None:
    """Make an empty database's schema from the models, in one transaction.

    It is what running all steps comes to, which a test sees to, and takes a fifth of the time.
    """
    with writing(engine) as session:
        make_schema(session.connection())


def make_schema(connection: Connection) -> None:
    """Make tables and rules at the newest step in an empty schema."""
    from usagebill_tui.store.tables import Base  # all of them, which opening a database does not need

    Base.metadata.create_all(connection, checkfirst=False)
    add_rules(connection)
    connection.execute(text(_VERSION_TABLE))
    connection.execute(text("INSERT INTO alembic_version VALUES (:step)"), {"step": HEAD})


_VERSION_TABLE = (
    "CREATE TABLE alembic_version (\n"
    "version_num VARCHAR(32) NOT NULL,\nCONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)"
)
"""Alembic's own table, which no model says."""


def run_steps(engine: Engine) -> None:
    """Run the steps that a database lacks, in one transaction."""
    with writing(engine) as session:
        _run_steps(session.connection())


def _run_steps(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
