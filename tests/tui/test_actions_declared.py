"""Every action is declared once, has keys of its own and something that does it."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.command import CommandPalette
from textual.screen import Screen

from tests.tui.driving import NOW, made_app, pressed, settled
from usagebill_tui import tui
from usagebill_tui.config import read_settings
from usagebill_tui.extensions import NOTHING
from usagebill_tui.homes import Home
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.desk import Desk
from usagebill_tui.tui.dialogs.help import HelpDialog
from usagebill_tui.tui.pages import PAGES
from usagebill_tui.tui.palette import Actions
from usagebill_tui.tui.screens.editor import EditorPage
from usagebill_tui.tui.screens.metrics import MetricsPage
from usagebill_tui.tui.screens.page import COMMON, Page
from usagebill_tui.tui.widgets.keybar import KeyBar
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.tui.widgets.row_table import RowTable


def screens() -> Iterator[type[Screen[Any]]]:
    """Yield every screen and dialog of the interface."""
    seen: set[type] = set()
    for found in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        module = importlib.import_module(found.name)
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, Screen) and one.__module__ == found.name:
                if one not in seen:
                    yield one
                seen.add(one)


ALL = sorted(screens(), key=lambda one: one.__name__)
PAGE_TYPES = [one for one in ALL if issubclass(one, Page) and one not in {Page, EditorPage}]


def declared(one: type) -> tuple[Action, ...]:
    found: tuple[Action, ...] = getattr(one, "ACTIONS", ())
    return found


def test_every_id_names_one_action() -> None:
    by_id: dict[str, Action] = {}
    for action in (*UsagebillApp.ACTIONS, *COMMON, *(a for one in ALL for a in declared(one))):
        assert by_id.setdefault(action.id, action) == action, action.id
    assert not {f"page.{page.name}" for page in PAGES} & set(by_id)


@pytest.mark.parametrize("one", PAGE_TYPES, ids=lambda one: str(one.__name__))
def test_no_key_of_a_screen_does_two_things(one: type[Page]) -> None:
    taken: dict[str, str] = {page.key: page.name for page in PAGES}
    for action in (*UsagebillApp.ACTIONS, *COMMON, *one.ACTIONS):
        for key in action.keys.split(","):
            goes_back = key == "escape" and taken.get(key) == "back"
            assert key not in taken or goes_back, f"{key} is both {taken[key]} and {action.id}"
            taken[key] = action.id
    if not issubclass(one, EditorPage):
        of_lists = {one.key for one in RowTable.BINDINGS if isinstance(one, Binding)}
        hidden = of_lists & {key for action in one.ACTIONS for key in action.keys.split(",")}
        assert not hidden, "a list with the focus would take these"


@pytest.mark.parametrize(
    "one", [one for one in ALL if not issubclass(one, Page)], ids=lambda one: str(one.__name__)
)
def test_no_key_of_a_dialog_does_two_things(one: type[Screen[Any]]) -> None:
    keys = [key for action in declared(one) for key in action.keys.split(",")]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("one", [UsagebillApp, *ALL], ids=lambda one: str(one.__name__))
def test_every_action_has_something_that_does_it(one: type) -> None:
    for action in (*declared(one), *(COMMON if issubclass(one, Page) else ())):
        owner: type = one
        name = action.call.partition("(")[0]
        if name.startswith("app."):
            owner, name = UsagebillApp, name.removeprefix("app.")
        assert hasattr(owner, f"action_{name}"), action.id


@pytest.mark.parametrize("one", [UsagebillApp, *ALL], ids=lambda one: str(one.__name__))
def test_every_action_says_what_it_does_with_keys_that_terminals_have(one: type) -> None:
    for action in declared(one):
        assert action.title
        for key in action.keys.split(","):
            assert not key.startswith("alt+")
            assert key not in {"ctrl+i", "ctrl+m", "ctrl+h"}


async def offered(app: UsagebillApp) -> dict[str, str]:
    found = {}
    async for hit in Actions(app.screen).discover():
        found[str(hit.prompt)] = hit.help or ""
    return found


async def test_the_palette_lists_every_action_of_every_main_screen(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for page in PAGES:
            await pressed(pilot, page.key)
            titles = {a.title for a in (*declared(type(app.screen)), *COMMON, *UsagebillApp.ACTIONS)}
            assert titles <= set(await offered(app))


async def test_an_action_is_done_from_the_palette(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        for key in "reports":
            await pilot.press(key)
        await pilot.pause()
        await pilot.press("down", "enter")
        await settled(pilot)
        assert app.current_mode == "reports"


async def test_help_begins_with_the_screen_and_the_part_in_focus(demo_made: Path) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2", "question_mark")
        assert isinstance(app.screen, HelpDialog)
        titles = [part.title for part in app.screen._parts]  # noqa: SLF001 - what it shows
        assert titles == ["Metrics", "List", "Everywhere", "Screens"]
        shown = dict(app.screen._parts[1].rows)  # noqa: SLF001 - likewise
        assert shown["g"] == "First row"
        await pressed(pilot, "escape")
        assert isinstance(app.screen, MetricsPage)


def in_front(app: UsagebillApp, kind: type[object]) -> bool:
    return isinstance(app.screen, kind)


async def test_a_key_of_the_users_own_holds_in_footer_help_palette_and_settings(
    demo_made: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '[keys]\n"metrics.new" = "insert"\n"page.reports" = "r"\n"theme" = "f12"\n', encoding="utf-8"
    )
    keys = dict(read_settings(config).keys)
    app = UsagebillApp(Desk("demo", Home(demo_made), NOTHING, lambda: NOW), keys=keys)
    async with app.run_test(size=(120, 40)) as pilot:
        await pressed(pilot, "2")
        assert "insert new" in str(app.screen.query_one(KeyBar).render())
        assert "[insert]" in (await offered(app))["New metric"]
        assert "r Reports" in str(app.screen.query_one("Navigation").render())
        await pressed(pilot, "question_mark")
        assert isinstance(app.screen, HelpDialog)
        rows = [row for part in app.screen._parts for row in part.rows]  # noqa: SLF001 - what it shows
        assert ("insert", "New metric") in rows
        assert ("f12", "Next theme") in rows
        assert any(keys == "r" and text.startswith("Reports") for keys, text in rows)
        await pressed(pilot, "escape", "n")
        assert in_front(app, MetricsPage)
        await pressed(pilot, "insert")
        assert in_front(app, EditorPage)
        await pressed(pilot, "escape", "r")
        assert app.current_mode == "reports"
        await pressed(pilot, "0")
        listing = app.screen.query_one("#tab-keys Listing", Listing)
        shown = {row.key: row.cells[0] for row in listing._rows}  # noqa: SLF001 - what it shows
        assert shown["metrics.new"] == "insert"
        assert {a.id for one in PAGE_TYPES for a in (*one.ACTIONS, *COMMON)} <= set(shown)
