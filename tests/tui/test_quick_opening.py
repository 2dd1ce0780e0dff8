"""What keeps keys quick: nothing is done twice as a screen opens, and garbage waits until nobody types."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Size
from textual.renderables.background_screen import BackgroundScreen

from tests.tui.driving import made_app, pressed, settled
from usagebill_tui.tui.dialogs.dialog import Dialog, Dimmed
from usagebill_tui.tui.dialogs.help import HelpDialog, HelpPart, HelpText
from usagebill_tui.tui.garbage import Garbage
from usagebill_tui.tui.widgets.navigation import Navigation


async def test_what_opens_is_styled_once(demo_made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    styled: list[DOMNode] = []
    restyle = Stylesheet.update_nodes

    def counted(sheet: Stylesheet, nodes: "list[DOMNode]", *, animate: bool = False) -> None:
        found = list(nodes)
        styled.extend(found)
        restyle(sheet, found, animate=animate)

    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pressed(pilot, "5", "1", "5", "1")
        monkeypatch.setattr(Stylesheet, "update_nodes", counted)
        await pressed(pilot, "5")
        assert app.screen not in styled
        await pressed(pilot, "question_mark")
        assert isinstance(app.screen, HelpDialog)
        assert app.screen not in styled
        assert app.screen.has_class("-wide", "-tall")


async def test_a_dialog_takes_the_shape_of_another_size_and_the_colours_of_another_theme(
    demo_made: Path,
) -> None:
    app = made_app(demo_made)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pressed(pilot, "5", "1", "5", "1", "question_mark")
        await pilot.resize_terminal(40, 12)
        await settled(pilot)
        assert isinstance(app.screen, Dialog)
        assert app.screen.has_class("-narrow", "-low")
        assert not app.screen.has_class("-wide")
        assert app.screen.size == Size(40, 12)
        await pressed(pilot, "escape")
        before = app.screen.query_one(Navigation).styles.background
        app.theme = "usagebill-light"
        await pressed(pilot, "5")
        assert app.screen.query_one(Navigation).styles.background != before


def test_what_is_behind_a_dialog_is_dimmed_as_textual_does_it() -> None:
    colour = Color(17, 21, 28, 0.6)
    styles = (
        None,
        Style(bold=True),
        Style(color="#ff0000", bgcolor="#00ff00"),
        Style(meta={"@click": "quit"}),
    )
    segments = [Segment("x", style) for style in styles]
    ours = list(Dimmed.process_segments(segments, colour))
    assert ours == list(BackgroundScreen.process_segments(segments, colour))
    assert not any(each.style and each.style.meta for each in ours)


def test_help_wraps_beside_its_keys() -> None:
    text = HelpText([HelpPart("List", "What it is", [("g", "Go to the first row of all that there are")])])
    everything = Size(80, 24)
    assert text.get_content_height(everything, everything, 80) == 6
    assert text.get_content_height(everything, everything, 30) == 8


@pytest.fixture
def usual_thresholds() -> Iterator[tuple[int, int, int]]:
    """Python's own, whatever a command that ran before in this process has left."""
    left = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield gc.get_threshold()
    gc.set_threshold(*left)


def test_garbage_waits_while_somebody_types(usual_thresholds: tuple[int, int, int]) -> None:
    before = usual_thresholds
    garbage = Garbage()
    try:
        assert gc.get_threshold() > before
        garbage.key_came()
        garbage.loaded()
        garbage.loaded()
        assert gc.get_freeze_count() > 0
    finally:
        garbage.end()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
