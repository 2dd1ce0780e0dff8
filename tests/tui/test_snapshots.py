"""How every main screen looks: filled and empty, and in pairs of the other sizes and themes.

`pytest tests/tui/test_snapshots.py --snapshot-update` draws them anew; look at what changed then.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.driving import NOW, pressed, settled
from usagebill_tui.extensions import NOTHING
from usagebill_tui.homes import Home
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.desk import Desk
from usagebill_tui.tui.pages import PAGES
from usagebill_tui.tui.screens import plugins, settings

PAIRS = (
    ("demo", (120, 40), "usagebill-dark"),
    ("sandbox", (120, 40), "usagebill-dark"),
    ("demo", (80, 24), "usagebill-light"),
    ("demo", (40, 12), "ansi-dark"),
)
"""Workspace, size and theme: each size and each theme is seen on every screen once."""

Compare = Callable[..., bool]


@pytest.fixture
def home(demo_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's home under a name that is the same on every machine."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "demo").symlink_to(demo_made / "demo", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    for module in (plugins, settings):
        monkeypatch.setattr(module, "config_folder", lambda: Path("config"))
    return Path("home")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1][0]}x{pair[1][1]}-{pair[2]}")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_look(snap_compare: Compare, home: Path, page: Any, pair: tuple[str, tuple[int, int], str]) -> None:
    workspace, size, theme = pair
    app = UsagebillApp(Desk(workspace, Home(home), NOTHING, lambda: NOW), theme=theme)

    async def open_page(pilot: Pilot[None]) -> None:
        await settled(pilot)
        if page.name != "home":
            await pressed(pilot, page.key)
        await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=open_page)


DETAILS = {
    "metric": ("2", "enter"),
    "product": ("3", "down", "enter"),
    "plan": ("4", "enter"),
    "customer": ("5", "enter"),
    "import": ("6", "i"),
    "invoice": ("7", "enter"),
    "help": ("2", "question_mark"),
    "workspaces": ("w",),
}
"""A screen behind each main one, and two dialogs, by the keys that lead there."""


@pytest.mark.parametrize("name", DETAILS)
def test_look_behind(snap_compare: Compare, home: Path, name: str) -> None:
    app = UsagebillApp(Desk("demo", Home(home), NOTHING, lambda: NOW), theme="usagebill-dark")

    async def open_detail(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pressed(pilot, *DETAILS[name])
        await settled(pilot)

    assert snap_compare(app, terminal_size=(120, 40), run_before=open_detail)


def test_look_of_an_error(snap_compare: Compare, home: Path) -> None:
    app = UsagebillApp(Desk("nowhere", Home(home), NOTHING, lambda: NOW), theme="ansi-light")
    assert snap_compare(app, terminal_size=(120, 40), run_before=settled)
