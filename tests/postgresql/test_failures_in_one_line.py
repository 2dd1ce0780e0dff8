"""What goes wrong on the way to a server is one line: what, where and how to mend it, and no password."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.databases import Schemas, address_of
from tests.postgresql.server import PASSWORD, USER, Server
from usagebill_tui.errors import InvalidInput, NotFound, Refused, StorageFailed, UsagebillError
from usagebill_tui.store.counters import next_number
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.postgresql import sessions
from usagebill_tui.store.postgresql.database import SharedDatabase
from usagebill_tui.store.postgresql.opening import open_postgresql, schema_of
from usagebill_tui.store.postgresql.schemas import check_schema, create_schema, drop_schema, schema_named


@pytest.fixture(name="engine")
def one_engine(schemas: Schemas, tmp_path: Path) -> Iterator[Engine]:
    engine = open_postgresql(schemas.address, schemas.of(tmp_path))
    yield engine
    engine.dispose()


def failure(address: str, schema: str = "usagebill_nobody") -> str:
    with pytest.raises(UsagebillError) as caught:
        SharedDatabase(address, schema)
    line = str(caught.value)
    assert "\n" not in line
    assert PASSWORD not in line
    assert "wrong" not in line
    return line


def test_each_way_not_to_be_let_in_has_its_own_line(postgresql: Server) -> None:
    address = address_of(postgresql)
    place = f"PostgreSQL 127.0.0.1:{postgresql.port}/usage, schema usagebill_nobody: "
    assert failure(address_of(postgresql, "wrong")) == (
        f'{place}cannot be reached: password authentication failed for user "{USER}"; '
        "check the user and its password, and what pg_hba.conf lets in"
    )
    assert failure(address.replace("/usage", "/nothing")) == (
        f'{place.replace("/usage,", "/nothing,")}cannot be reached: database "nothing" does not exist; '
        "create the database, or mend the address"
    )
    assert "cannot be reached: Connection refused; start the server" in failure(
        address.replace(f":{postgresql.port}", ":1")
    )
    assert failure(address) == (
        f"{place}there is no workspace in the schema usagebill_nobody; create the workspace again, "
        "or join it: usagebill workspaces create NAME --database … --join"
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://ada@host/usage", "mysql is no database that usagebill knows"),
        ("postgresql+psycopg2://ada@host/usage", r"postgresql\+psycopg2 is no database that usagebill knows"),
        ("postgresql://ada@host", "names no database"),
        ("postgresql://ada:se@cret@host:port/usage", "cannot be read"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(address: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        open_postgresql(address, "usagebill_x")
    assert "secret" not in str(caught.value)
    assert "write postgresql+psycopg://user@host/database" in str(caught.value)


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StorageFailed) as caught:
        open_postgresql("postgresql://ada@host/usage", "usagebill_x")
    assert str(caught.value) == (
        "PostgreSQL's driver, psycopg, is not installed; pip install 'usagebill_tui[postgresql]'"
    )


def test_a_schema_is_made_once_and_joined_by_its_name(schemas: Schemas) -> None:
    engine = open_postgresql(schemas.address, "usagebill_once")
    create_schema(engine)
    with pytest.raises(Refused, match="the schema usagebill_once exists already; join the workspace in it"):
        create_schema(engine)
    check_schema(engine)
    near = open_postgresql(schemas.address, "usagebill_onse")
    with pytest.raises(NotFound, match="there is no schema usagebill_onse; did you mean 'once'"):
        check_schema(near)
    drop_schema(engine)
    for one in (engine, near):
        one.dispose()


def test_a_name_that_the_server_would_cut_is_refused() -> None:
    assert schema_named("x" * 53) == "usagebill_" + "x" * 53
    with pytest.raises(InvalidInput, match="use a name of up to 53 letters"):
        schema_named("x" * 54)


def test_who_may_only_read_reads_and_is_told_when_writing(engine: Engine, schemas: Schemas) -> None:
    schema = schema_of(engine)
    with writing(engine) as session:
        session.execute(text("CREATE ROLE reader LOGIN PASSWORD 'reader'"))
        session.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO reader"))
        session.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader"))
    other = schemas.address.replace(address_user(), "reader:reader")
    database = SharedDatabase(other, schema)
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM customers")) == 0
    with pytest.raises(
        StorageFailed, match=r"permission denied for .*; nothing was changed; let the user have"
    ):
        count(database.engine)
    database.close()
    with writing(engine) as session:
        session.execute(text("DROP OWNED BY reader; DROP ROLE reader"))


def address_user() -> str:
    return f"{USER}:p%40ss%3Aw%2Ford"


def test_a_copy_that_takes_no_writes_says_where_to_go(engine: Engine) -> None:
    with pytest.raises(StorageFailed, match="connect to the server that takes writes, not to its copy"):
        count_read_only(engine)


def count_read_only(engine: Engine) -> None:
    with writing(engine.execution_options(postgresql_readonly=True)) as session:
        next_number(session, "x")


def test_who_waits_too_long_for_a_turn_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "TURN_SECONDS", 0.001)
    with writing(engine) as session:
        next_number(session, "x")
        with pytest.raises(StorageFailed, match="another usagebill is writing; try again when it is done"):
            count(engine)
        with reading(engine) as reader:
            assert reader.scalar(text("SELECT count(*) FROM counters")) == 0
    count(engine)


def count(engine: Engine) -> None:
    with writing(engine) as session:
        next_number(session, "x")
