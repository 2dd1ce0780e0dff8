"""A whole workspace moves to a server and back to a folder, and goes on where it was interrupted."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.billing.desk import Desk, as_json, catalogue, fee, metered
from tests.databases import Schemas, address_of, working_on
from tests.postgresql.server import PASSWORD, Server
from usagebill_tui import moving
from usagebill_tui.errors import Refused
from usagebill_tui.homes import Home
from usagebill_tui.moving import Move, move_workspace
from usagebill_tui.plugin.registry import builtin_registry
from usagebill_tui.store.postgresql.opening import open_postgresql
from usagebill_tui.store.postgresql.schemas import drop_schema
from usagebill_tui.stores import Servers
from usagebill_tui.workspace import Workspace

TEXT = catalogue({"fee": fee("49.00"), "gb": metered("gb", unit_amount="0.125")})


@pytest.fixture(name="desk")
def desk_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with Desk(tmp_path, TEXT) as desk:
        for day in (3, 4):
            desk.events(("acme", "gb", f"2026-10-0{day}T00:00:00Z", {"gb": f"{day}.25"}))
        desk.workspace.bill("2026-10", finalize=True)
        desk.workspace.pay("INV-0001", "20")
        desk.workspace.undo_batch(2)
        yield desk


def moved(desk: Desk, name: str, to: str, database: str | None = None) -> moving.Moved:
    asked = Move(name=name, to=to, servers=Servers(database=database))
    home = Home(desk.folder / "home")
    return move_workspace(home, asked, registry=builtin_registry(), clock=lambda: desk.now)


def bytes_of(desk: Desk, name: str) -> bytes:
    with Workspace.open(name, home=desk.folder / "home", clock=lambda: desk.now) as workspace:
        assert [finding.status for finding in workspace.verify()] == ["ok"]
        return as_json(workspace.invoices())


def test_there_and_back_again(
    desk: Desk, postgresql: Server, server_schemas: Schemas, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = address_of(postgresql, "${PGPASSWORD}")
    with working_on(server_schemas):
        with monkeypatch.context() as patch:
            patch.setattr(moving, "prove", lambda _: pytest.fail("interrupted"))
            with pytest.raises(pytest.fail.Exception):
                moved(desk, "sandbox", "shared", address)
        there = moved(desk, "sandbox", "shared", address)
        back = moved(desk, "shared", "home-again")
        assert there.tables == back.tables
        assert (there.proof, there.proof.events, there.proof.invoices) == (back.proof, 1, 1)
        assert bytes_of(desk, "shared") == bytes_of(desk, "home-again") == as_json(desk.workspace.invoices())
        shutil.rmtree(desk.folder / "home" / "shared")
        with pytest.raises(Refused, match="the schema usagebill_shared exists already"):
            moved(desk, "sandbox", "shared", address)
        assert not (desk.folder / "home" / "shared").exists()
    engine = open_postgresql(address_of(postgresql), "usagebill_shared")
    drop_schema(engine)
    engine.dispose()
