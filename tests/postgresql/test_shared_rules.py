"""PostgreSQL itself holds what SQLite holds, whoever writes; its schema is the same by steps and at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from tests.billing.desk import catalogue, fee
from tests.databases import Schemas
from tests.postgresql.conftest import SharedDesk
from usagebill_tui.errors import Refused
from usagebill_tui.store import migrate
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.postgresql.database import SharedDatabase
from usagebill_tui.store.postgresql.opening import open_postgresql, quoted
from usagebill_tui.store.postgresql.schemas import drop_schema
from usagebill_tui.store.tables import Base

COPY = quoted("usagebill_stepped-before-0002-at-0001")
SHAPE = """
SELECT 'column', table_name || '.' || column_name, data_type || coalesce(character_maximum_length::text, '')
    || is_nullable || coalesce(collation_name, '') FROM information_schema.columns
    WHERE table_schema = current_schema()
UNION ALL SELECT 'index', indexname, replace(indexdef, current_schema(), '') FROM pg_indexes
    WHERE schemaname = current_schema()
UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace
UNION ALL SELECT 'trigger', tgname, replace(pg_get_triggerdef(pg_trigger.oid), current_schema(), '')
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
ORDER BY 1, 2, 3
"""


@pytest.fixture(name="engine")
def one_engine(schemas: Schemas, tmp_path: Path) -> Iterator[Engine]:
    engine = open_postgresql(schemas.address, schemas.of(tmp_path))
    yield engine
    engine.dispose()


@pytest.fixture(name="stepped")
def stepped_engine(schemas: Schemas) -> Iterator[Engine]:
    """An engine on a schema that is at the first step."""
    engine = open_postgresql(schemas.address, "usagebill_stepped")
    with writing(engine) as session:
        session.execute(text("CREATE SCHEMA usagebill_stepped"))
        take_step(session.connection(), "0001")
    engine.dispose()
    yield engine
    with writing(engine) as session:
        session.execute(text(f"DROP SCHEMA IF EXISTS {COPY} CASCADE"))
    drop_schema(engine)
    engine.dispose()


def take_step(connection: Connection, step: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, step)


def shape_of(engine: Engine) -> list[tuple[str, ...]]:
    with reading(engine) as session:
        return [tuple(row) for row in session.execute(text(SHAPE))]


def test_the_steps_lead_to_what_is_made_at_once(engine: Engine, stepped: Engine) -> None:
    migrate.upgrade(stepped)
    assert migrate.current_step(stepped) == migrate.HEAD
    assert shape_of(stepped) == shape_of(engine)
    with stepped.connect() as connection:
        differing = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    # PostgreSQL's indexes hold no texts of any length, so it has no such one.
    assert [one for one in differing if getattr(one[1], "name", "") != "ix_customers_list"] == []


def test_all_text_is_ordered_by_its_bytes(engine: Engine) -> None:
    with reading(engine) as session:
        query = text(
            "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = "
            "current_schema() AND data_type LIKE ANY ('{text, character varying}') "
            "AND table_name <> 'alembic_version'"
        )
        assert session.scalars(query).all() == ["C"]


def test_before_a_step_all_tables_are_copied_beside(stepped: Engine, schemas: Schemas) -> None:
    with writing(stepped) as session:
        session.execute(text("INSERT INTO customers VALUES ('acme', 'Acme', 'acme', '{}')"))
    SharedDatabase(schemas.address, "usagebill_stepped").close()
    with writing(stepped) as session:
        assert session.scalars(text("SELECT id FROM customers")).all() == ["acme"]
        assert session.connection().exec_driver_sql(f"TABLE {COPY}.customers").scalars().all() == ["acme"]
        assert session.connection().exec_driver_sql(f"TABLE {COPY}.alembic_version").scalars().all() == [
            "0001"
        ]


def test_a_copy_that_is_in_the_way_stops_the_step_with_nothing_changed(stepped: Engine) -> None:
    before = shape_of(stepped)
    with writing(stepped) as session:
        session.execute(text(f"CREATE SCHEMA {COPY}"))
    with pytest.raises(Refused, match="the schema usagebill_stepped-before-0002-at-0001 is in the way"):
        migrate.upgrade(stepped)
    assert migrate.current_step(stepped) == "0001"
    assert shape_of(stepped) == before


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit SET who = 'eve'", "the audit only grows"),
        ("DELETE FROM audit", "the audit only grows"),
        ("TRUNCATE audit", "the audit only grows"),
        ("UPDATE postings SET amount_minor = 0", "the ledger only grows"),
        ("DELETE FROM entries", "the ledger only grows"),
        ("TRUNCATE postings, entries", "the ledger only grows"),
        ("INSERT INTO postings VALUES (1, 9, 'cash', NULL, 'acme', 'USD', 5)", "closed once it is added"),
    ],
)
def test_nobody_changes_what_only_grows(shared_desk: SharedDesk, statement: str, words: str) -> None:
    desk = shared_desk(catalogue({"fee": fee("49.00")}))
    desk.workspace.bill("2026-10", finalize=True)
    database = desk.workspace._house.database  # noqa: SLF001 - to write past the use cases
    with pytest.raises(IntegrityError, match=words), database.writing() as session:
        session.execute(text(statement))


def test_a_stranger_cannot_add_to_an_entry_that_is_under_way(engine: Engine) -> None:
    stranger = engine.execution_options(isolation_level="READ COMMITTED")
    with writing(engine), stranger.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '1ms'")
        with pytest.raises(Exception, match="lock timeout"):
            connection.exec_driver_sql("INSERT INTO postings VALUES (1, 9, 'cash', NULL, 'acme', 'USD', 5)")
        connection.rollback()


def test_the_doctor_sees_a_rule_that_is_off(schemas: Schemas, tmp_path: Path) -> None:
    database = SharedDatabase(schemas.address, schemas.of(tmp_path))
    assert database.faults() == []
    with database.writing() as session:
        session.execute(text("ALTER TABLE entries DISABLE TRIGGER entries_sum_to_zero"))
    assert database.faults() == ["the rule entries_sum_to_zero is missing or switched off"]
    with database.writing() as session:
        session.execute(text("ALTER TABLE entries ENABLE TRIGGER entries_sum_to_zero"))
    database.close()
