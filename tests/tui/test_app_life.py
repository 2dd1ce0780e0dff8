"""The application as a whole: workspaces, themes, errors, leaving, and noticing what others do."""

import asyncio
import threading
from pathlib import Path

import pytest
from textual.widgets import Button, Static

from tests.tui.driving import NOW, made_app, pressed, settled
from usagebill_tui.errors import Refused
from usagebill_tui.tui import memory
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.pages import PAGES
from usagebill_tui.tui.screens.home import HomePage
from usagebill_tui.tui.screens.metrics import MetricsPage
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.themes import NAMES
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.tui.widgets.navigation import Navigation
from usagebill_tui.workspace import Workspace

EVENT = '{"id": "e1", "account": "a", "metric": "m", "timestamp": "2023-11-02T09:00:00Z"}\n'


async def test_switching_workspaces_makes_every_screen_anew(demo_home: Path) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2")
        assert app.screen.query_one(Listing).total > 0
        await pressed(pilot, "w")
        names = ["demo", "production", "sandbox"]
        await pressed(pilot, *["down"] * (names.index("sandbox") - names.index("demo")), "enter")
        assert isinstance(app.screen, HomePage)
        assert "○ SANDBOX" in str(app.screen.query_one(Navigation).render())
        await pressed(pilot, "2")
        assert app.screen.query_one(Listing).total == 0
        assert app.screen.query_one(Listing).has_class("-empty")


async def test_production_is_named_in_word_and_colour(tmp_path: Path) -> None:
    app = made_app(tmp_path, "production")
    async with app.run_test(size=(40, 12)) as pilot:
        await settled(pilot)
        shown = app.screen.query_one(Navigation).render()
        assert "● PRODUCTION" in shown.plain
        assert any("$error" in str(span.style) for span in shown.spans)


async def test_themes_go_round_and_the_last_is_remembered(
    demo_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "config_folder", lambda: tmp_path / "config")
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        seen = [app.theme]
        for _ in NAMES:
            await pressed(pilot, "ctrl+t")
            seen.append(app.theme)
        assert seen == [*NAMES, NAMES[0]]
        await pressed(pilot, "ctrl+t")
    assert memory.remembered_theme() == NAMES[1]


async def test_no_color_takes_the_colours_away(demo_made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        colours = {
            segment.style.color.triplet
            for strip in app.screen._compositor.render_strips()  # noqa: SLF001 - what is drawn
            for segment in strip
            if segment.style is not None and segment.style.color is not None
        }
        for red, green, blue in (colour for colour in colours if colour is not None):
            assert max(red, green, blue) - min(red, green, blue) <= 1


async def test_an_error_says_what_where_and_how_to_mend_it_and_is_copied(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.show_error(Refused("the plan [/] is in use", where="plan 'pro'", mend="make a new version"))
        await settled(pilot)
        assert isinstance(app.screen, ErrorDialog)
        said = " ".join(str(one.render()) for one in app.screen.query(Static))
        assert "the plan [/] is in use" in said
        assert "Where: plan 'pro'" in said
        assert "make a new version" in said
        await pressed(pilot, "c")
        assert "Refused: plan 'pro': the plan [/] is in use; make a new version" in app.clipboard
        await pressed(pilot, "escape")
        assert isinstance(app.screen, HomePage)


@pytest.mark.parametrize("error", [Refused("no"), RuntimeError("[/]"), MemoryError(), KeyError("\x1b[2J")])
async def test_no_exception_of_a_worker_or_of_its_answer_ends_the_application(
    demo_made: Path, error: Exception
) -> None:
    def fail(_: object) -> None:
        raise error

    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        page = app.screen
        assert isinstance(page, Page)
        for what, then in ((fail, lambda _: None), (lambda _: None, fail)):
            page.work(what, then, group="test")
            await settled(pilot)
            assert isinstance(app.screen, ErrorDialog)
            await pressed(pilot, "escape")
            assert page.is_current


async def test_leaving_asks_while_work_is_under_way(demo_made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        monkeypatch.setattr(app.screen, "under_way", lambda: "An import runs", raising=False)
        await pressed(pilot, "q")
        assert isinstance(app.screen, Confirm)
        assert isinstance(app.focused, Button)
        assert str(app.focused.label).startswith("Cancel")
        assert "An import runs" in str(app.screen.query_one(".effect", Static).render())
        await pressed(pilot, "enter")
        assert app.is_running
        assert isinstance(app.screen, HomePage)
        await pressed(pilot, "ctrl+q", "y")
        assert app._exit  # noqa: SLF001 - Textual has no other word for it


async def test_no_thread_of_ours_is_left_after_quitting(demo_made: Path) -> None:
    before = set(threading.enumerate())
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        for page in PAGES:
            await pressed(pilot, page.key)
        await pressed(pilot, "ctrl+q")
    left = set(threading.enumerate()) - before
    # asyncio keeps its pool for the next loop call; those threads are idle and end with the loop
    assert all(thread.name.startswith("asyncio_") for thread in left), left


async def test_what_another_process_imports_is_noticed_and_the_cursor_stays(
    demo_home: Path, tmp_path: Path
) -> None:
    app = made_app(demo_home)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "j", "j")
        app._look()  # noqa: SLF001 - the poll, without waiting for its second
        listing = app.screen.query_one(Listing)
        key, before = listing.key, listing.total
        with Workspace.open("demo", home=demo_home, clock=lambda: NOW) as other:
            other.apply_catalogue_text('[[metric]]\ncode = "a first one"\naggregation = "count"', "c.toml")
        app._look()  # noqa: SLF001 - likewise
        await settled(pilot)
        assert listing.total == before + 1
        assert listing.key == key
        file = tmp_path / "events.jsonl"
        file.write_text(EVENT, encoding="utf-8")
        await pressed(pilot, "6")
        app._look()  # noqa: SLF001 - likewise
        events = app.screen.query_one("#events", Listing)
        before = events.total
        with Workspace.open("demo", home=demo_home, clock=lambda: NOW) as other:
            other.import_events([file])
        app._look()  # noqa: SLF001 - likewise
        await settled(pilot)
        assert events.total == before + 1


@pytest.mark.parametrize("size", [(1, 1), (40, 12)])
async def test_every_screen_lives_on_a_tiny_terminal(demo_made: Path, size: tuple[int, int]) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for page in PAGES:
            await pressed(pilot, page.key)
            assert app.current_mode == page.name
            await pressed(pilot, "enter")
            if len(app.screen_stack) > 1:
                await pressed(pilot, "escape")


class Told(MetricsPage):
    """A screen that counts how often it asked whether it may load: asking without an end would hang."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.has_asked = asyncio.Event()

    def on_mount(self) -> None:
        """Have something mounted that takes its time."""
        self.query_one("#body").mount(Late())

    async def _first_load(self) -> None:
        self.asked += 1
        self.has_asked.set()
        assert self.asked < 1_000, "the screen takes every turn"
        await super()._first_load()


class Late(Static):
    """Is mounted a few turns after its screen asked first, as a toast may be."""

    async def on_mount(self) -> None:
        """Wait for that; the screen must not take every turn meanwhile."""
        screen = self.screen
        assert isinstance(screen, Told)
        await screen.has_asked.wait()
        for _ in range(20):
            await asyncio.sleep(0)


async def test_what_is_mounted_late_hangs_no_screen(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.push_screen(Told())
        await settled(pilot)
        assert app.screen.query_one(Listing).total > 0
