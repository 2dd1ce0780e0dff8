"""How every screen looks: filled, empty and in error, in each size and each theme.

`pytest tests/tui/test_snapshots.py --snapshot-update` draws them anew; look at what changed then.
One running application shows many screens, so that all of them take seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped] # it ships no types
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.driving import NOW, pressed, settled, typed
from usagebill_tui.extensions import NOTHING
from usagebill_tui.homes import Home
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.desk import Desk
from usagebill_tui.tui.dialogs.error import ErrorDialog
from usagebill_tui.tui.pages import PAGES
from usagebill_tui.tui.screens import plugins, settings

WIDE, USUAL, SMALL = (120, 40), (80, 24), (40, 12)
LOOKS = (
    ("120x40-dark", WIDE, "usagebill-dark"),
    ("80x24-light", USUAL, "usagebill-light"),
    ("40x12-ansi", SMALL, "ansi-dark"),
)
"""Name, size and theme: each size, and with the empty screens each theme, is seen on every screen."""
Pictures = dict[str, str]


@pytest.fixture
def home(demo_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's home under a name that is the same on every machine."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "demo").symlink_to(demo_made / "demo", target_is_directory=True)
    (tmp_path / "theirs.csv").write_text(
        "customer,product,amount,period\nkestrel,storage,16.99,2023-11\n", "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    for module in (plugins, settings):
        monkeypatch.setattr(module, "config_folder", lambda: Path("config"))


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> Callable[[Pictures], None]:
    """Compare pictures with those that were accepted, each by its name."""
    pictures = snapshot.use_extension(SVGImageExtension)

    def compare(found: Pictures) -> None:
        other = [name for name, svg in found.items() if pictures(name=name) != svg]
        assert not other

    return compare


def draw(workspace: str, look: Callable[[Pilot[None], Pictures], Awaitable[None]], theme: str) -> Pictures:
    """Run the application, and return the pictures that `look` takes of it."""
    app = UsagebillApp(Desk(workspace, Home(Path("home")), NOTHING, lambda: NOW), theme=theme)
    found: Pictures = {}

    async def run() -> None:
        async with app.run_test(size=WIDE) as pilot:
            await settled(pilot)
            await look(pilot, found)

    asyncio.run(run())
    return found


async def shoot(pilot: Pilot[None], found: Pictures, name: str) -> None:
    """Take one picture; a cursor that blinks is there in all of them."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await settled(pilot)
    found[name] = pilot.app.export_screenshot()


async def shoot_looks(pilot: Pilot[None], found: Pictures, name: str) -> None:
    """Take a picture in each size and theme, and go back to the first."""
    for look, size, theme in (*LOOKS[1:], LOOKS[0]):
        pilot.app.theme = theme
        await pilot.resize_terminal(*size)
        await settled(pilot)
        await shoot(pilot, found, f"{name}-{look}")


async def close_all(pilot: Pilot[None]) -> None:
    """Go back to the main screen, without keeping what was typed."""
    while len(pilot.app.screen_stack) > 1:
        pilot.app.pop_screen()
        await settled(pilot)


@pytest.mark.usefixtures("home")
def test_main_screens(picture: Callable[[Pictures], None]) -> None:
    async def look(pilot: Pilot[None], found: Pictures) -> None:
        for page in PAGES:
            await pressed(pilot, page.key)
            await shoot_looks(pilot, found, page.name)

    picture(draw("demo", look, "usagebill-dark"))


@pytest.mark.usefixtures("home")
def test_empty_screens(picture: Callable[[Pictures], None]) -> None:
    async def look(pilot: Pilot[None], found: Pictures) -> None:
        for page in PAGES:
            await pressed(pilot, page.key)
            await shoot(pilot, found, f"{page.name}-empty")
        for name in ("payments", "ledger", "credit_notes", "import"):
            await pilot.app.run_action(f"open({name!r})")
            await settled(pilot)
            await shoot(pilot, found, f"{name}-empty")
            await close_all(pilot)

    picture(draw("sandbox", look, "ansi-light"))


@pytest.mark.usefixtures("home")
def test_screens_in_error(picture: Callable[[Pictures], None]) -> None:
    async def look(pilot: Pilot[None], found: Pictures) -> None:
        for page in PAGES:
            await close_all(pilot)
            await pressed(pilot, page.key)
            if not isinstance(pilot.app.screen, ErrorDialog):
                await pressed(pilot, "ctrl+r")
            await shoot(pilot, found, f"{page.name}-error")

    picture(draw("nowhere", look, "usagebill-dark"))


BEHIND = {
    "metric": ("2", "enter"),
    "product": ("3", "down", "enter"),
    "plan": ("4", "enter"),
    "plan-versions": ("4", "enter", "l"),
    "plan-editor": ("4", "enter", "e"),
    "customer": ("5", "enter"),
    "customer-line": ("5", "enter", "down", "enter"),
    "customer-editor": ("5", "e"),
    "subscription": ("5", "enter", "l", "a"),
    "prices": ("5", "enter", "l", "o"),
    "batches": ("6", "b"),
    "rejects": ("6", "r"),
    "import": ("6", "i"),
    "bill": ("7", "b", "enter"),
    "payments": ("7", "p"),
    "invoice": ("7", "enter", "e"),
    "credit": ("7", "l", "l", "enter", "n"),
    "simulate": ("8", "i", "tab", "enter", "down", "enter", "ctrl+s"),
    "parity": ("8", "p", "text:theirs.csv", "enter"),
    "ledger": ("8", "a"),
    "entries": ("8", "a", "a"),
    "move": ("4", "down", "enter", "m", "tab", "enter", "down", "enter", "ctrl+s"),
    "help": ("2", "question_mark"),
    "record": ("7", "space"),
    "workspaces": ("w",),
}
"""A screen behind each main one, and dialogs, by the keys that lead there."""


def parts() -> Iterator[list[str]]:
    """Yield the names in parts, so that two processes share the work."""
    names = list(BEHIND)
    for begin in range(0, len(names), 9):
        yield names[begin : begin + 9]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("names", parts(), ids=lambda names: str(names[0]))
def test_screens_behind(picture: Callable[[Pictures], None], names: list[str]) -> None:
    async def look(pilot: Pilot[None], found: Pictures) -> None:
        for name in names:
            for key in BEHIND[name]:
                if key.startswith("text:"):
                    await typed(pilot, key.removeprefix("text:"))
                else:
                    await pressed(pilot, key)
            await shoot_looks(pilot, found, name)
            await close_all(pilot)

    picture(draw("demo", look, "usagebill-dark"))
