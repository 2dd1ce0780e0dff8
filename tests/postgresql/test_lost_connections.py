"""Connections that break: what can be done again is, everything else is one line with nothing half-done."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from tests.billing.desk import catalogue, fee
from tests.databases import Schemas
from tests.postgresql.conftest import SharedDesk
from usagebill_tui.errors import StorageFailed
from usagebill_tui.store.audit import Author
from usagebill_tui.store.counters import next_number
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.postgresql.opening import open_postgresql
from usagebill_tui.store.postgresql.patience import Patience
from usagebill_tui.store.postgresql.sessions import PATIENCE_OPTION
from usagebill_tui.store.postings import Posting, post

TEXT = catalogue({"fee": fee("49.00")})


@pytest.fixture(name="engine")
def patient_engine(schemas: Schemas, tmp_path: Path) -> Iterator[Engine]:
    """An engine whose patience takes no time."""
    engine = open_postgresql(schemas.address, schemas.of(tmp_path))
    yield engine.execution_options(**{PATIENCE_OPTION: Patience((1.0, 2.0), lambda _: None)})
    engine.dispose()


@pytest.fixture(name="other")
def other_engine(schemas: Schemas) -> Iterator[Engine]:
    """An engine of somebody who may end connections."""
    engine = open_postgresql(schemas.address, "public")
    yield engine
    engine.dispose()


def kill(engine: Engine, backend: int) -> None:
    """Let the server end a connection, as when it crashes or an administrator does it."""
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})


def backend_of(connection: Connection) -> int:
    return int(str(connection.scalar(text("SELECT pg_backend_pid()"))))


def counted(engine: Engine) -> int | None:
    with reading(engine) as session:
        found: int | None = session.scalar(text("SELECT value FROM counters WHERE name = 'x'"))
        return found


def count_and_be_cut_off(engine: Engine, other: Engine) -> None:
    with writing(engine) as session:
        next_number(session, "x")
        kill(other, backend_of(session.connection()))
        next_number(session, "x")


def test_a_connection_that_breaks_in_the_midst_changes_nothing(engine: Engine, other: Engine) -> None:
    with pytest.raises(
        StorageFailed, match="the connection was lost; nothing was changed; try again"
    ) as caught:
        count_and_be_cut_off(engine, other)
    assert "\n" not in str(caught.value)
    assert counted(engine) is None
    with writing(engine) as session:
        assert next_number(session, "x") == 1


def test_an_old_connection_of_the_pool_that_died_is_replaced_unnoticed(engine: Engine, other: Engine) -> None:
    with reading(engine) as session:
        backend = backend_of(session.connection())
    kill(other, backend)
    with writing(engine) as session:
        assert next_number(session, "x") == 1


@pytest.mark.parametrize("stored", [False, True])
def test_a_commit_whose_answer_never_came_is_asked_for(
    engine: Engine, other: Engine, *, stored: bool
) -> None:
    cut: list[int] = []

    @event.listens_for(engine, "commit")
    def cut_off(connection: Connection) -> None:
        driver = driver_of(connection)
        if not cut:
            cut.append(driver.info.backend_pid)
            if stored:
                driver.commit()
                driver.close()
            else:
                kill(other, cut[0])

    if stored:
        count(engine)
        assert counted(engine) == 1
    else:
        with pytest.raises(StorageFailed, match="the connection was lost; nothing was changed"):
            count(engine)
        assert counted(engine) is None
    assert cut


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    driver: object = connection.connection.dbapi_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def count(engine: Engine) -> None:
    with writing(engine) as session:
        next_number(session, "x")


def test_who_is_cut_off_at_once_waits_a_little_and_asks_again(engine: Engine, other: Engine) -> None:
    waited: list[float] = []
    asked: list[int] = []
    impatient = engine.execution_options(**{PATIENCE_OPTION: Patience((1.0, 2.0), waited.append)})

    @event.listens_for(engine, "before_cursor_execute")
    def hang_up(connection: Connection, *_: object) -> None:
        asked.append(1)
        if len(asked) < 3:
            kill(other, driver_of(connection).info.backend_pid)

    with reading(impatient) as session:
        assert session.scalar(text("SELECT 7")) == 7
    assert waited == [1.0, 2.0]


def test_a_run_that_is_cut_off_bills_nothing_and_can_be_done_again(
    shared_desk: SharedDesk, other: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = shared_desk(TEXT)

    def post_and_be_cut_off(session: Session, postings: Sequence[Posting], author: Author) -> None:
        post(session, postings, author)
        kill(other, backend_of(session.connection()))

    with monkeypatch.context() as patch:
        patch.setattr("usagebill_tui.billing.invoices.writing.post", post_and_be_cut_off)
        with pytest.raises(StorageFailed, match="nothing was changed"):
            desk.workspace.bill("2026-10", finalize=True)
    assert desk.workspace.invoices() == []
    assert desk.workspace.ledger_entries() == []
    (invoice,) = desk.workspace.bill("2026-10", finalize=True).invoices
    assert invoice.number == "INV-0001"
