"""A workspace's event store is opened when it is first asked for, once, whoever asks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.homes import Fixed
from usagebill_tui.store.database import Database
from usagebill_tui.stores import Stores, open_stores
from usagebill_tui.workspace import Workspace

THREADS = 4


class Counted(ParquetEventStore):
    opened = 0
    closed = 0

    def close(self) -> None:
        Counted.closed += 1
        super().close()


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Stores]:
    monkeypatch.setattr(Counted, "opened", 0)
    monkeypatch.setattr(Counted, "closed", 0)

    def made() -> Stores:
        database = Database(tmp_path / "catalogue.db")

        def opened() -> Counted:
            Counted.opened += 1
            return Counted(database.engine, tmp_path / "events")

        return Stores(database, opened)

    return made


def test_what_nobody_asks_for_is_neither_opened_nor_closed(late: Callable[[], Stores]) -> None:
    stores = late()
    stores.on_waiting(print)
    stores.close()
    assert (Counted.opened, Counted.closed) == (0, 0)


def test_threads_that_ask_at_once_are_given_the_same_one(late: Callable[[], Stores]) -> None:
    stores = late()
    together = Barrier(THREADS)

    def ask(_: int) -> object:
        together.wait()
        return stores.events

    with ThreadPoolExecutor(THREADS) as pool:
        given = list(pool.map(ask, range(THREADS)))
    assert {id(one) for one in given} == {id(stores.events)}
    stores.close()
    assert (Counted.opened, Counted.closed) == (1, 1)


@pytest.mark.parametrize("asked_before", [True, False])
def test_who_waits_is_told_whether_it_was_opened_before_or_after(
    late: Callable[[], Stores],
    asked_before: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    stores = late()
    if asked_before:
        _ = stores.events
    stores.on_waiting(print)
    assert stores.events.waiting is print
    stores.close()


def test_a_server_that_cannot_be_used_is_told_of_when_a_workspace_is_opened(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    fixed = Fixed(created="2026-10-01T00:00:00Z", events="nosuch://host/events")
    with pytest.raises(InvalidInput, match="nosuch is no event store that usagebill knows"):
        open_stores(tmp_path / "w", fixed)


def test_a_list_of_invoices_opens_no_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usagebill_tui.stores._open_events", lambda *_: pytest.fail("opened"))
    with Workspace.open("sandbox", home=tmp_path) as workspace:
        assert not workspace.invoices()
