import threading
from pathlib import Path
from typing import Any

import pytest

from tests.tui.driving import made_app, pressed, settled
from usagebill_tui.events.types import Options
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.dialogs.import_outcome import OutcomeDialog, title_of
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.events import EventsPage
from usagebill_tui.tui.screens.home import HomePage
from usagebill_tui.tui.screens.import_files import ImportPage
from usagebill_tui.tui.screens.import_options import options_of, values_of
from usagebill_tui.tui.widgets.import_preview import ImportPreview
from usagebill_tui.workspace import Workspace

ROWS = "user,when,action,tokens\nacme,2023-12-01,llm,5\nacme,2023-12-02,llm,7\nacme,never,llm,9\n"


@pytest.fixture(name="file")
def usage_file(tmp_path: Path) -> Path:
    file = tmp_path / "usage.csv"
    file.write_text(ROWS)
    return file


def page_of(app: UsagebillApp) -> ImportPage:
    page = app.screen
    assert isinstance(page, ImportPage)
    return page


def kind(app: UsagebillApp) -> type[object]:
    return type(app.screen)


def shown(app: UsagebillApp) -> str:
    from rich.console import Console

    console = Console(width=200, no_color=True)
    with console.capture() as captured:
        console.print(app.screen.query_one(ImportPreview).content)
    return captured.get()


async def mapped(app: UsagebillApp, pilot: Any) -> None:
    page = page_of(app)
    page.query_one(Form).fill({"account": "user", "metric": "=tokens", "timestamp": "when"})
    page.add_files(())
    await settled(pilot)


async def test_files_are_chosen_mapped_checked_and_imported(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = made_app(tmp_path / "home", "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "6", "i", "a", "tab")
        while app.screen.query_one("#files-list").highlighted_option.prompt.plain.strip() != file.name:  # type: ignore[attr-defined]
            await pressed(pilot, "down")
        await pressed(pilot, "enter", "ctrl+s")
        assert page_of(app).files == [str(file)]
        assert "0 events" in shown(app)
        assert "account is missing" in shown(app)
        assert "user, when, action, tokens" in shown(app)
        await mapped(app, pilot)
        assert "2 events" in shown(app)
        await pressed(pilot, "ctrl+k")
        assert isinstance(app.screen, OutcomeDialog)
        assert app.desk.workspace().batches() == []
        await pressed(pilot, "escape", "ctrl+s")
        assert isinstance(app.screen, OutcomeDialog)
        (batch,) = app.desk.workspace().batches()
        assert (batch.counts.read, batch.counts.accepted, batch.counts.rejected) == (3, 2, 1)
        await pressed(pilot, "o")
        assert isinstance(app.screen, EventsPage)
        assert app.screen.tab == "rejects"
        assert app.screen.listing.total == 1


async def test_the_preview_is_what_is_stored(tmp_path: Path, file: Path) -> None:
    options = Options(map={"account": "user", "timestamp": "when"}, set={"metric": "tokens"})
    with Workspace.open("sandbox", home=tmp_path / "home") as workspace:
        preview = workspace.preview_file(file, options)
        from usagebill_tui.billing.imports.importing import ImportRequest

        workspace.import_events([file], ImportRequest(options=options))
        stored = list(workspace.events())
    assert [(e.id, e.timestamp, e.properties) for e in preview.events] == [
        (e.id, e.timestamp, e.properties) for e in stored
    ]


class Held:
    """Holds an import at its first report of progress until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.on = threading.Event(), threading.Event()
        real = Workspace.import_events

        def held(workspace: Workspace, files: Any, request: Any, progress: Any) -> Any:
            def told(rows: int, size: int) -> None:
                self.reached.set()
                assert self.on.wait(30)
                progress(rows, size)

            return real(workspace, files, request, told)

        monkeypatch.setattr(Workspace, "import_events", held)


async def begun(app: UsagebillApp, pilot: Any, file: Path, held: Held) -> ImportPage:
    await settled(pilot)
    await pressed(pilot, "6", "i")
    page = page_of(app)
    page.add_files([str(file)])
    await settled(pilot)
    await mapped(app, pilot)
    await pilot.press("ctrl+s")
    await pilot.pause()
    import asyncio

    assert await asyncio.to_thread(held.reached.wait, 30)
    return page


async def test_escape_cancels_and_nothing_is_stored_and_importing_again_works(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    app = made_app(tmp_path / "home", "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await begun(app, pilot, file, held)
        assert "importing usage.csv" in page.under_way()
        await pilot.press("escape")
        held.on.set()
        await settled(pilot)
        assert page.under_way() == ""
        assert app.screen is page
        assert app.desk.workspace().batches() == []
        assert not list((tmp_path / "home/sandbox/events/staging").iterdir())
        await pressed(pilot, "ctrl+s")
        assert app.desk.workspace().batches()[0].counts.accepted == 2


async def test_the_interface_is_used_while_an_import_runs_and_leaving_asks(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    app = made_app(tmp_path / "home", "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        page = await begun(app, pilot, file, held)
        await pilot.press("1")
        await pilot.pause()
        assert kind(app) is HomePage
        await pilot.press("q")
        await pilot.pause()
        assert kind(app) is Confirm
        await pilot.press("escape")
        held.on.set()
        await settled(pilot)
        assert kind(app) is HomePage
        assert app.desk.workspace().batches()[0].counts.accepted == 2
        await pressed(pilot, "6")
        assert kind(app) is OutcomeDialog
        await pressed(pilot, "escape")
        assert page not in app.screen_stack


async def test_a_file_that_cannot_be_read_is_said_and_nothing_is_stored(tmp_path: Path) -> None:
    app = made_app(tmp_path / "home", "sandbox")
    bad = tmp_path / "[bold]bad[x.csv"
    bad.write_bytes(b'account,metric\n"unclosed')
    async with app.run_test(size=(40, 12)) as pilot:
        await pressed(pilot, "6", "i")
        page_of(app).add_files([str(bad), str(tmp_path / "gone.jsonl")])
        await settled(pilot)
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, ErrorDialog)
        await pressed(pilot, "escape", "escape")
        assert isinstance(app.screen, EventsPage)
        assert app.desk.workspace().batches() == []


def test_saved_options_become_a_form_and_back() -> None:
    options = Options(
        map={"account": "user", "properties.zone": "region", "id": "key"},
        set={"metric": "m", "source": "s"},
        timezone="Europe/Berlin",
        time_unit="ms",
        input_format="csv",
    )
    assert options_of(values_of(options)) == options
    several = Options(id_from=("a", "b"), delimiter=";")
    assert options_of(values_of(several)) == several


async def test_a_saved_mapping_fills_the_form_and_new_ones_are_kept(tmp_path: Path, file: Path) -> None:
    home = tmp_path / "home"
    options = Options(map={"account": "user", "timestamp": "when"}, set={"metric": "tokens"})
    with Workspace.open("sandbox", home=home) as workspace:
        workspace.save_mapping("mine", options)
    app = made_app(home, "sandbox")
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "6", "i")
        page = page_of(app)
        page.add_files([str(file)])
        page.query_one(Form).fill({**values_of(options), "save_as": "copy"})
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, OutcomeDialog)
        assert app.desk.workspace().mapping("copy") == options


def test_the_title_of_an_outcome_says_what_counts(tmp_path: Path, file: Path) -> None:
    from usagebill_tui.billing.imports.importing import ImportRequest

    options = Options(map={"account": "user", "timestamp": "when"}, set={"metric": "tokens"})
    with Workspace.open("sandbox", home=tmp_path / "home") as workspace:
        report = workspace.import_events([file], ImportRequest(options=options))
    assert title_of(report) == "! Batch 1: 2 of 3 rows accepted"
