from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from tests.tui.driving import made_app, pressed, settled
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.details import Details
from usagebill_tui.tui.screens.events import EventsPage
from usagebill_tui.tui.screens.mend_rejects import MendPage
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.workspace import Workspace

HOSTILE = "[/]\x1b[31m[@click=app.quit]x[/]\u202eevil" + "é" * 10_000


def page_of(app: UsagebillApp) -> EventsPage:
    page = app.screen
    assert isinstance(page, EventsPage)
    return page


def texts(listing: Listing, column: int) -> list[str]:
    table = listing.table
    return [table.get_row_at(row)[column].plain for row in range(table.row_count)]


async def typed(pilot: Pilot[Any], text: str) -> None:
    for letter in text:
        await pilot.press(
            {"-": "minus", ":": "colon", "_": "underscore", ".": "full_stop"}.get(letter, letter)
        )
    await settled(pilot)


async def test_events_are_listed_latest_first_as_the_workspace_has_them(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "6")
        with app.desk.separate() as workspace:
            everything = list(workspace.events())
        listing = page_of(app).listing
        assert (listing.matching, listing.total) == (len(everything), len(everything))
        assert texts(listing, 1)[:20] == [e.account for e in everything[::-1][:20]]
        await pressed(pilot, "G")
        assert listing.key == f"{everything[0].batch}\x1f{everything[0].source}\x1f{everything[0].id}"


async def test_events_are_found_by_customer_and_day_and_shown_whole(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "6", "f")
        await typed(pilot, "kestrel")
        await pressed(pilot, "tab", "tab", "tab")
        await typed(pilot, "2023-12-01")
        await pressed(pilot, "enter")
        with app.desk.separate() as workspace:
            expected = list(workspace.events(customer="kestrel", first="2023-12-01"))
        listing = page_of(app).listing
        assert listing.matching == len(expected) > 0
        await pressed(pilot, "enter")
        assert isinstance(app.screen, Details)
        shown = [str(one.render()) for one in app.screen.query(".help-title, .help-keys").results(Static)]
        latest = expected[-1]
        with app.desk.separate() as workspace:
            touched = {touch.invoice.number for touch in workspace.trace(latest.id, latest.source).touches}
        assert shown[-2] == "Invoices that it touched"
        assert all(str(number or "bill") in shown[-1] for number in touched)
        assert touched or "none" in shown[-1]
        await pressed(pilot, "escape", "x")
        assert listing.matching == listing.total


async def test_a_batch_is_taken_back_only_after_a_question(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "6", "b", "u")
        assert isinstance(app.screen, Confirm)
        await pressed(pilot, "enter")
        batches = app.desk.workspace().batches()
        assert all(batch.undone_by is None for batch in batches)
        await pressed(pilot, "u", "y")
        assert app.desk.workspace().batches()[-1].undoes == batches[-1].id
        assert page_of(app).listing.total == len(batches) + 1


@pytest.fixture(name="rejected")
def with_rejects(tmp_path: Path) -> Path:
    home, file = tmp_path / "home", tmp_path / "usage.csv"
    file.write_text("account,metric,timestamp,n\na,m,2023-12-01,1\na,m,yesterday,2\na,m,tomorrow,3\n")
    with Workspace.open("sandbox", home=home) as workspace:
        workspace.import_events([file])
    return home


async def test_a_rejected_row_is_mended_and_imported(rejected: Path) -> None:
    app = made_app(rejected, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "6", "r", "enter")
        assert isinstance(app.screen, MendPage)
        area = app.screen.query_one(TextArea)
        assert area.text == "a,m,yesterday,2"
        area.text = "a,m,2023-12-02,2"
        await pressed(pilot, "ctrl+s")
        assert isinstance(app.screen, Details)
        await pressed(pilot, "escape", "v")
        assert [e.properties["n"].as_text() for e in app.desk.workspace().events()] == ["1", "2"]
        assert page_of(app).listing.total == 2


async def test_all_rejects_of_a_batch_are_mended_at_once_without_those_left_out(rejected: Path) -> None:
    app = made_app(rejected, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "6", "r", "M")
        area = app.screen.query_one(TextArea)
        assert area.text.split("\n") == ["a,m,yesterday,2", "a,m,tomorrow,3"]
        area.text = "\na,m,2023-12-03,3"
        await pressed(pilot, "ctrl+s", "escape")
        assert [e.properties["n"].as_text() for e in app.desk.workspace().events()] == ["1", "3"]


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (1, 1)])
async def test_hostile_events_are_shown_and_not_obeyed(tmp_path: Path, size: tuple[int, int]) -> None:
    home, file = tmp_path / "home", tmp_path / "\x1b[31m[@click=app.quit]x[bold].jsonl"

    good = {
        "id": HOSTILE[:900],
        "account": HOSTILE[:900],
        "metric": "[/]",
        "timestamp": "2023-12-01",
        "properties": {HOSTILE[:200]: HOSTILE},
    }
    bad = {"id": HOSTILE, "account": HOSTILE, "metric": HOSTILE, "timestamp": HOSTILE}
    file.write_bytes(msgspec.json.encode(good) + b"\n" + msgspec.json.encode(bad) + b"\n")
    with Workspace.open("sandbox", home=home) as workspace:
        assert workspace.import_events([file]).counts.rejected == 1
    app = made_app(home, "sandbox")
    async with app.run_test(size=size) as pilot:
        await pressed(pilot, "6", "enter")
        assert "\x1b[31m" not in app.export_screenshot()
        await pressed(pilot, "escape", "b", "enter", "escape", "u", "escape", "r", "enter")
        assert isinstance(app.screen, MendPage)
        assert app.is_running
        await pressed(pilot, "escape", "1")
        assert app.return_code is None


async def test_the_text_of_a_row_reaches_the_terminal_as_signs_and_the_import_as_it_was(
    tmp_path: Path,
) -> None:
    home, file = tmp_path / "home", tmp_path / "usage.csv"
    file.write_text("account,metric,timestamp,n\na,m,never,\x1b[31m\x9b[2J\u202e\n")
    with Workspace.open("sandbox", home=home) as workspace:
        workspace.import_events([file])
    app = made_app(home, "sandbox")
    async with app.run_test(size=(80, 24)) as pilot:
        await pressed(pilot, "6", "r", "enter")
        area = app.screen.query_one(TextArea)
        drawn = "".join(area.render_line(line).text for line in range(area.size.height))
        assert not {"\x1b", "\x9b", "\u202e"} & set(drawn)
        area.text = area.text.replace("never", "2023-12-01")
        await pressed(pilot, "ctrl+s")
        (event,) = app.desk.workspace().events()
        assert event.properties["n"].as_text() == "\x1b[31m\x9b[2J\u202e"
