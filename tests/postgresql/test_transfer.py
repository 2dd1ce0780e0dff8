"""Catalogue and ledger go to a server and back: the same rows, the same invoices, to the byte."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.billing.desk import LATER, Desk, as_json, catalogue, fee, metered
from tests.databases import Schemas
from usagebill_tui.domain.invoice import fixed_part
from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.homes import Fixed, Home
from usagebill_tui.store import transfer
from usagebill_tui.store.engine import open_sqlite, reading, writing
from usagebill_tui.store.migrate import upgrade
from usagebill_tui.store.postgresql.opening import open_postgresql
from usagebill_tui.store.transfer import copy_tables

TEXT = catalogue(
    {"fee": fee("49.00"), "calls": metered("calls", unit_amount="0.125")}, customer={"tax_percent": "8.25"}
)


@pytest.fixture(name="desk")
def busy_desk(tmp_path: Path) -> Iterator[Desk]:
    """A workspace in a folder in which everything has happened."""
    with Desk(tmp_path, TEXT) as desk:
        first = desk.events(*(("acme", "calls", f"2026-10-{day:02}T00:00:00Z") for day in range(1, 20)))
        desk.events(("acme", "calls", "2026-10-03T00:00:00Z"), ("?", "calls", "not a time"))
        desk.workspace.bill("2026-10", finalize=True)
        desk.workspace.pay("INV-0001", "20")
        desk.workspace.credit("INV-0001", amount="5")
        desk.workspace.bill("2026-11", finalize=True)
        assert first.batch is not None
        desk.workspace.undo_batch(first.batch)
        desk.workspace.accept_adjustments()
        desk.workspace.bill("2026-12")
        yield desk


@pytest.fixture(name="shared")
def shared_engine(server_schemas: Schemas, tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "shared").mkdir()
    engine = open_postgresql(server_schemas.address, server_schemas.of(tmp_path / "shared"))
    yield engine
    engine.dispose()
    server_schemas.give_back()


def new_file(path: Path) -> Engine:
    engine = open_sqlite(path)
    upgrade(engine)
    return engine


def engine_of(desk: Desk) -> Engine:
    return desk.workspace._house.database.engine  # noqa: SLF001 - to copy from it


def test_there_and_back_all_is_as_it_was(desk: Desk, shared: Engine, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    there = copy_tables(engine_of(desk), shared, step=lambda name, rows: told.append((name, rows)))
    home = Home(tmp_path / "back" / "home")
    home.add("sandbox", Fixed(created=LATER))
    back = new_file(home.folder("sandbox") / "catalogue.db")
    assert copy_tables(shared, back) == there
    back.dispose()
    assert {name: rows for name, rows in told if rows} == {
        name: content.rows for name, content in there.items() if content.rows
    }
    assert {"invoices", "postings", "entries", "audit", "segments", "rejects"} <= dict(told).keys()
    events = home.folder("sandbox") / "events"
    shutil.copytree(desk.workspace.folder / "events", events, dirs_exist_ok=True)
    with Desk(tmp_path / "back") as again:
        assert as_json(again.workspace.invoices()) == as_json(desk.workspace.invoices())
        assert [finding.status for finding in again.workspace.verify()] == ["ok"]
        for one in (desk, again):
            one.workspace.bill("2026-12", finalize=True)
        ours, theirs = (one.workspace.invoices() for one in (desk, again))
        assert [fixed_part(one) for one in theirs] == [fixed_part(one) for one in ours]


def test_new_rows_are_numbered_on(desk: Desk, shared: Engine) -> None:
    copy_tables(engine_of(desk), shared)
    with writing(shared) as session:
        newest = session.scalar(text("SELECT max(id) FROM audit"))
        session.execute(
            text("INSERT INTO audit (at, who, action, noun, key) VALUES (now(), 'a', 'b', 'c', 'd')")
        )
        assert session.scalar(text("SELECT max(id) FROM audit")) == newest + 1


def test_what_is_there_is_never_written_over(desk: Desk, shared: Engine) -> None:
    copy_tables(engine_of(desk), shared)
    with pytest.raises(Refused, match="there is not empty; move to a new workspace"):
        copy_tables(engine_of(desk), shared)


def test_a_copy_that_fails_leaves_nothing(
    desk: Desk, shared: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(name: str, rows: int) -> None:
        if name == "entries":
            raise KeyboardInterrupt(rows)

    with pytest.raises(KeyboardInterrupt):
        copy_tables(engine_of(desk), shared, step=stop)
    assert count(shared) == 0
    monkeypatch.setattr(transfer, "content_of", lambda *_: object())
    with pytest.raises(StorageFailed, match="does not come out the same; nothing was changed"):
        copy_tables(engine_of(desk), shared)
    assert count(shared) == 0


def count(engine: Engine) -> int:
    with reading(engine) as session:
        return (
            session.scalar(text("SELECT (SELECT count(*) FROM invoices) + (SELECT count(*) FROM audit)")) or 0
        )
