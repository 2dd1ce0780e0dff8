"""Lists of any length: a window of rows, moved by keys and mouse, filtered, sorted and copied."""

import base64
from pathlib import Path
from typing import ClassVar

import pytest
from rich.text import Text
from textual.app import App, ComposeResult

from tests.tui.driving import made_app, pressed, settled, typed
from tests.tui.mouse import click
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.extensions import NOTHING
from usagebill_tui.homes import Home
from usagebill_tui.tui.desk import Desk
from usagebill_tui.tui.dialogs.record import RecordDialog
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.widgets.listed import record
from usagebill_tui.tui.widgets.listing import WINDOW, Column, Found, Listing, Row
from usagebill_tui.workspace import Workspace

MANY = 12_345


class Numbers(App[None]):
    """A list of numbers, each with its square; it remembers what was asked."""

    CSS_PATH: ClassVar[str] = str(Path(__file__).parents[2] / "usagebill_tui/tui/usagebill.tcss")

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.desk = Desk("sandbox", Home(home), NOTHING)
        self.asked: list[PageRequest] = []
        self.opened: list[str] = []
        self.written: list[str] = []

    def compose(self) -> ComposeResult:
        columns = [
            Column(key="number", title="Number", right=True, sortable=True),
            Column(key="square", title="Square", right=True, sortable=True),
            Column(key="word", title="Word"),
        ]
        yield Listing(columns, self.fetch, empty="None.", noun="numbers", sort="number")

    def on_mount(self) -> None:
        self.listing.load()
        self.listing.focus()

    @property
    def listing(self) -> Listing:
        return self.query_one(Listing)

    def fetch(self, _workspace: Workspace, asked: PageRequest) -> Found:
        self.asked.append(asked)
        numbers = [number for number in range(MANY) if asked.text in str(number)]
        numbers.sort(key=lambda n: -n if asked.sort == "square" else n, reverse=asked.descending)
        page = numbers[asked.offset : asked.offset + asked.limit]
        rows = [Row(str(n), (f"{n:,}", f"{n * n:,}", f"word, {n}")) for n in page]
        return PageFound(rows, len(numbers), MANY)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        self.opened.append(event.key)


def status(app: Numbers) -> str:
    return str(app.query_one(".status").render())


async def test_never_more_than_a_window_is_mounted_wherever_one_goes(tmp_path: Path) -> None:
    app = Numbers(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert status(app) == f"{MANY:,} numbers · rows 1 to {WINDOW}"
        seen = []
        for keys in (["G"], ["k"] * 3, ["g"], ["j"] * 2, ["pagedown"] * 14, ["pageup"] * 20, ["k"]):
            await pressed(pilot, *keys)
            assert app.listing.table.row_count <= WINDOW
            assert all(asked.limit <= WINDOW for asked in app.asked)
            seen.append(int(app.listing.key or -1))
        assert seen[:4] == [MANY - 1, MANY - 4, 0, 2]
        assert seen[4] > WINDOW
        assert seen[5:] == [0, 0]
        app.listing.go_to(WINDOW - 1)
        await settled(pilot)
        await pressed(pilot, "j", "j", "k")
        assert app.listing.key == str(WINDOW)
        assert app.listing.table.row_count == WINDOW


async def test_the_cursor_stays_on_its_row_when_the_list_is_loaded_again(tmp_path: Path) -> None:
    app = Numbers(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pressed(pilot, "G", *["k"] * 30)
        key, scroll = app.listing.key, app.listing.table.scroll_offset
        app.listing.load()
        await settled(pilot)
        assert (app.listing.key, app.listing.table.scroll_offset) == (key, scroll)


async def test_filtered_in_place_and_sorted_by_key_and_head(tmp_path: Path) -> None:
    app = Numbers(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pressed(pilot, "slash")
        await typed(pilot, "999")
        held = [n for n in range(MANY) if "999" in str(n)]
        assert status(app).startswith(f"{len(held)} of {MANY:,} numbers")
        await typed(pilot, "9999")
        assert status(app) == f"0 of {MANY:,} numbers hold '9999999'"
        await pressed(pilot, "escape", "s")
        assert (app.asked[-1].sort, app.asked[-1].text, app.listing.key) == ("square", "", str(MANY - 1))
        await pressed(pilot, "S")
        assert (app.asked[-1].descending, app.listing.key) == (True, "0")
        await click(pilot, "Number")
        assert (app.asked[-1].sort, app.asked[-1].descending) == ("number", False)
        await click(pilot, "Number")
        assert (app.asked[-1].descending, app.listing.key) == (True, str(MANY - 1))
        await click(pilot, "Word")
        assert app.asked[-1].sort == "number"
        await pressed(pilot, "enter")
        assert app.opened == [str(MANY - 1)]


async def test_a_row_and_the_rows_at_hand_are_copied_as_a_terminal_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Numbers(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        driver = app._driver  # noqa: SLF001 - what reaches the terminal goes through it
        assert driver is not None
        monkeypatch.setattr(driver, "write", app.written.append)
        await pressed(pilot, "j", "y")
        text = "Number: 1\nSquare: 1\nWord: word, 1"
        assert app.clipboard == text
        osc_52 = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
        assert osc_52 in app.written
        await pressed(pilot, "Y")
        lines = app.clipboard.splitlines()
        assert (len(lines), lines[0], lines[3]) == (WINDOW + 1, "Number,Square,Word", '2,4,"word, 2"')
        await pressed(pilot, "space")
        assert isinstance(app.screen, RecordDialog)


async def test_a_list_of_the_application_filters_in_place_and_escape_brings_all_back(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2")
        listing = app.screen.query_one(Listing)
        everything = listing.total
        await pressed(pilot, "slash", "t", "o", "k")
        assert 0 < listing.matching < everything
        await pressed(pilot, "escape")
        assert listing.matching == everything


def test_a_row_in_full_and_its_copy_hold_what_the_list_cut() -> None:
    columns = [Column(key="name", title="Name"), Column(key="total", title="Total")]
    name = cell("Harbour Lane Shipping", longest=8)
    assert name.plain == "Harbour…"
    assert record(columns, Row("1", (name, Text("$1")))) == [
        ("Name", "Harbour Lane Shipping"),
        ("Total", "$1"),
    ]
