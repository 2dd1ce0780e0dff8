"""Locks that machines share, and hearing of what others changed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, text

from tests.billing.desk import catalogue, fee
from tests.databases import Schemas
from tests.postgresql.conftest import SharedDesk
from usagebill_tui.store.engine import writing
from usagebill_tui.store.postgresql.holding import held
from usagebill_tui.store.postgresql.opening import open_postgresql
from usagebill_tui.store.postgresql.pulse import Pulse


@pytest.fixture(name="engine")
def one_engine(schemas: Schemas, tmp_path: Path) -> Iterator[Engine]:
    engine = open_postgresql(schemas.address, schemas.of(tmp_path))
    yield engine
    engine.dispose()


def test_one_import_at_a_time_and_the_second_says_that_it_waits(engine: Engine) -> None:
    told: list[str] = []
    waits, order = Event(), []

    def say(sentence: str) -> None:
        told.append(sentence)
        waits.set()

    def second() -> None:
        with held(engine, "import", say):
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        with held(engine, "import", told.append), held(engine, "other", told.append):
            waiting = pool.submit(second)
            assert waits.wait(60)
            order.append("first")
        waiting.result(60)
    assert order == ["first", "second"]
    assert told == ["waiting for another import to be stored; Ctrl-C stops, changing nothing"]


def hold_and_fail(engine: Engine) -> None:
    with held(engine, "import", print):
        raise ValueError("within")


def test_what_fails_within_lets_go(engine: Engine) -> None:
    with pytest.raises(ValueError, match="within"):
        hold_and_fail(engine)
    with held(engine, "import", lambda _: pytest.fail("nobody holds it")):
        pass


def test_a_lock_is_one_workspaces_own(engine: Engine, schemas: Schemas, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = open_postgresql(schemas.address, schemas.of(tmp_path / "other"))
    say: Callable[[str], None] = pytest.fail
    with held(engine, "import", say), held(other, "import", say):
        pass
    other.dispose()


def test_every_change_is_heard_of_and_nothing_else_is(shared_desk: SharedDesk) -> None:
    desk = shared_desk(catalogue({"fee": fee("49.00")}))
    pulse = Pulse(desk.workspace._house.database.engine)  # noqa: SLF001 - to ask at once
    seen = [pulse.ask()]
    desk.workspace.bill("2026-10", dry_run=True)
    assert pulse.ask() == seen[-1]
    for change in (
        lambda: desk.events(("acme", "calls", "2026-10-09T00:00:00Z")),
        lambda: desk.workspace.bill("2026-10"),
        lambda: desk.workspace.finalize("acme-pro_2026-10-01"),
        lambda: desk.workspace.pay("INV-0001", "1"),
        lambda: desk.workspace.undo_batch(1),
    ):
        change()
        seen.append(pulse.ask())
    assert len(set(seen)) == len(seen)


def test_asking_never_waits_and_a_server_that_is_gone_changes_nothing(engine: Engine) -> None:
    pulse = Pulse(engine)
    assert pulse.last() is None
    pulse.close()
    with writing(engine) as session:
        session.execute(text("ALTER TABLE audit RENAME TO away"))
    assert pulse.ask() is None
    with writing(engine) as session:
        session.execute(text("ALTER TABLE away RENAME TO audit"))
