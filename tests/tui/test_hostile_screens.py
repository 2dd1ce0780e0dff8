"""Hostile texts on the screens that no other test feeds them to: shown as text, and never obeyed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui import hostile
from tests.tui.driving import NOW, made_app, pressed, settled, typed
from usagebill_tui.tui.app import UsagebillApp
from usagebill_tui.tui.dialogs.choose_file import ChooseFiles
from usagebill_tui.tui.dialogs.credit import CreditDialog
from usagebill_tui.tui.pages import PLACES
from usagebill_tui.tui.screens.import_files import ImportPage
from usagebill_tui.tui.screens.invoice import InvoicePage
from usagebill_tui.tui.screens.move import MovePage
from usagebill_tui.workspace import Workspace

FORBIDDEN = ("\x1b", "\u202e", "\u2066", "\x9b", "\u200b")
SIZES = ((120, 40), (40, 12), (1, 1))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of hostile texts, with a credit note that tells of more."""
    home, files = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("files")
    hostile.fill(home, files)
    with Workspace.open("sandbox", home=home, clock=lambda: NOW) as workspace:
        due = next(one.number for one in workspace.invoices() if one.number and one.amount_due)
        workspace.credit(
            due, line=1, amount="0.50", reason=hostile.MARKUP + hostile.CONTROL + hostile.DIRECTION
        )
    return home


@pytest.fixture
def app(filled: Path) -> UsagebillApp:
    return made_app(filled, "sandbox")


def check(app: UsagebillApp) -> None:
    """Fail where something foreign was drawn as it came, or did something."""
    shown = app.export_screenshot()
    assert not [one for one in FORBIDDEN if one in shown]
    assert app._exit is False  # noqa: SLF001 - a click on what is foreign would leave


async def everywhere(pilot: Pilot[None]) -> None:
    """Look at what is in front in every size."""
    app = pilot.app
    assert isinstance(app, UsagebillApp)
    for size in (*SIZES[1:], SIZES[0]):
        await pilot.resize_terminal(*size)
        await settled(pilot)
        check(app)


def steps(home: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "simulate", ("enter", "down", "enter", "tab", "enter", "down", "enter", "ctrl+s")
    yield "parity", (f"text:{statement(home)}", "enter", "enter", "escape")
    yield "ledger", ("a", "enter", "escape", "space")
    yield "credit_notes", ("enter", "space")
    yield "payments", ("space",)
    yield "bill", ("enter",)
    yield "import", ()


def statement(home: Path) -> Path:
    """Write what another system might say."""
    file = home / "theirs.csv"
    rows = "".join(f'"{text[:300].replace(chr(34), "")}",m,1,2023-11\n' for text in hostile.TEXTS[:4])
    file.write_text(f"customer,product,amount,period\n{rows}", encoding="utf-8")
    return file


async def test_screens_that_the_palette_opens(app: UsagebillApp, filled: Path) -> None:
    known = dict(steps(filled))
    async with app.run_test(size=SIZES[0]) as pilot:
        await settled(pilot)
        for place in PLACES:
            await app.run_action(f"open({place.name!r})")
            await settled(pilot)
            for key in known.get(place.name, ("space", "escape")):
                if key.startswith("text:"):
                    await typed(pilot, key.removeprefix("text:"))
                else:
                    await pressed(pilot, key)
                check(app)
            await everywhere(pilot)
            while len(app.screen_stack) > 1:
                app.pop_screen()
                await settled(pilot)


async def test_files_with_hostile_names_are_picked_and_imported(app: UsagebillApp, tmp_path: Path) -> None:
    names = ("[@click=app.quit]x[].jsonl", "\x1b]0;pwned\x07.jsonl", "\u202egnp.jsonl", "日本🙂.jsonl")
    for name in names:
        (tmp_path / name).write_text('{"\\u001b[31m": "[@click=app.quit]x[/]"}\n', encoding="utf-8")
    (tmp_path / "[bold]folder\x1b[9991m").mkdir()
    files = [str(tmp_path / name) for name in names]
    async with app.run_test(size=SIZES[0]) as pilot:
        await settled(pilot)
        await app.push_screen(ChooseFiles(tmp_path, (".jsonl",)))
        await settled(pilot)
        await pressed(pilot, "tab", *["down", "enter"] * 5)
        await everywhere(pilot)
        app.pop_screen()
        await app.push_screen(ImportPage(files))
        await settled(pilot)
        await everywhere(pilot)
        await pressed(pilot, "ctrl+k")
        await everywhere(pilot)


async def test_dialogs_about_hostile_things_and_the_palette(app: UsagebillApp) -> None:
    async with app.run_test(size=SIZES[0]) as pilot:
        await settled(pilot)
        for screen in (MovePage("p"), InvoicePage("INV-0001")):
            await app.push_screen(screen)
            await settled(pilot)
            await everywhere(pilot)
        await pressed(pilot, "n")
        assert isinstance(app.screen, CreditDialog)
        await typed(pilot, hostile.MARKUP)
        await everywhere(pilot)
        await pressed(pilot, "escape", "ctrl+p")
        await pilot.pause()
        await typed(pilot, "[@click=app.quit]x[/]")
        await pilot.pause()
        await everywhere(pilot)
