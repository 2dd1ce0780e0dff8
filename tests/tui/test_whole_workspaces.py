"""Workspaces made, copied, backed up, restored and deleted on the settings screen."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.tui.driving import NOW, made_app, pressed, settled, typed
from usagebill_tui.homes import Home
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.ask_form import AskForm
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.screens.move_stores import MoveStoresPage
from usagebill_tui.tui.screens.settings import SettingsPage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace


def put(app: UsagebillApp, key: str, value: str) -> None:
    row = next(row for row in app.screen.query(ValueRow) if row.field.key == key)
    row.query_one(Input).value = value


async def delete(pilot: Pilot[None], name: str) -> None:
    options = pilot.app.screen.query_one("#workspaces", OptionList)
    options.highlighted = options.get_option_index(name)
    await pressed(pilot, "D")


async def test_a_workspace_is_made_and_another_deleted_once_its_name_is_typed(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "0", "n")
        assert isinstance(app.screen, AskForm)
        put(app, "name", "trial")
        await pressed(pilot, "ctrl+s")
        assert app.desk.name == "trial"
        await pressed(pilot, "0")
        await delete(pilot, "trial")
        assert len(app.screen_stack) == 1
        await delete(pilot, "demo")
        assert len(app.screen_stack) > 1
        await typed(pilot, "dem")
        await pressed(pilot, "enter")
        assert Home(demo_home).exists("demo")
        await typed(pilot, "o")
        await pressed(pilot, "enter")
        assert Home(demo_home).names() == ["trial"]


async def test_servers_are_asked_for_and_no_password_is_stored_or_shown(tmp_path: Path) -> None:
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "0", "n")
        put(app, "name", "team")
        put(app, "database", "postgresql+psycopg://ada:geheim@host/bills")
        put(app, "event_store", "clickhouse://ada@host/bills")
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, ErrorDialog)
        told = app.export_screenshot()
        assert "address" in told
        assert "geheim" not in told
        assert not Home(tmp_path).exists("team")


async def test_joining_needs_an_address(tmp_path: Path) -> None:
    app = made_app(tmp_path, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "0", "n")
        put(app, "name", "team")
        put(app, "cluster", "all")
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, AskForm)
        put(app, "name", "not a name")
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, AskForm)


async def test_a_backup_is_written_noted_and_restored(demo_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.tar"
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "0", "b")
        app.screen.query_one(Input).value = str(file)
        await pressed(pilot, "enter")
        assert app.desk.workspace().audit()[-1].noun == "backup"
        expected = [one.number for one in app.desk.workspace().invoices()]
        page = app.screen
        assert isinstance(page, SettingsPage)
        page._name_restored([str(file)])  # noqa: SLF001 - as the dialog for files answers
        await settled(pilot)
        await typed(pilot, "again")
        await pressed(pilot, "enter")
        assert app.desk.name == "again"
        assert [one.number for one in app.desk.workspace().invoices()] == expected


async def test_a_workspace_is_copied_to_other_stores_with_proof(demo_home: Path) -> None:
    with Workspace.open("demo", home=demo_home, clock=lambda: NOW) as workspace:
        events, final = (
            sum(1 for _ in workspace.events()),
            len(workspace.invoices(statuses=["final", "paid"])),
        )
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "0", "m")
        page = app.screen
        assert isinstance(page, MoveStoresPage)
        await pressed(pilot, "ctrl+s")
        assert page.is_answered
        parts = {str(row.cells[0]): str(row.cells[1]) for row in page.query_one("#found", Listing)._rows}  # noqa: SLF001 - what is shown
        assert parts["events"] == f"{events:,}"
        assert f"{events:,} events and {final} final invoices, recomputed, are the same" in str(
            page.query_one(".report-sums").render()
        )
        assert page.under_way() == ""
        await pressed(pilot, "o")
        assert app.desk.name == "demo-moved"
    assert {"demo", "demo-moved"} <= set(Home(demo_home).names())


async def test_a_copy_that_was_stopped_goes_on(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "0", "m")
        page = app.screen
        assert isinstance(page, MoveStoresPage)
        step = page._step  # noqa: SLF001 - to stop it at the first part

        def stopped(part: str, count: int) -> None:
            page.action_stop()
            step(part, count)

        monkeypatch.setattr(page, "_step", stopped)
        await pressed(pilot, "ctrl+s")
        assert not page.is_answered
        assert "copy it there again to go on" in str(page.query_one(".form-problem").render())
        assert page.under_way() == ""
        monkeypatch.undo()
        await pressed(pilot, "ctrl+s")
        assert page.is_answered
