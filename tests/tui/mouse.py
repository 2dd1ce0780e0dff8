"""The mouse in tests: it clicks on words where they stand on the screen, as somebody would who reads them."""

from typing import Any

from rich.cells import cell_len
from textual import events
from textual.pilot import Pilot

from tests.tui.driving import settled


def drawn(pilot: Pilot[Any]) -> list[str]:
    """Return the lines of the screen as they are drawn."""
    screen = pilot.app.screen
    return [strip.text for strip in screen._compositor.render_strips()]  # noqa: SLF001 - what the terminal gets


def place(pilot: Pilot[Any], text: str, below: int = 0) -> tuple[int, int]:
    """Return where a text stands, as column and row, in the first line from `below` on that holds it."""
    lines = drawn(pilot)
    for row, line in enumerate(lines):
        at = line.find(text)
        if row >= below and at >= 0:
            return cell_len(line[:at]), row
    raise AssertionError(f"{text!r} is nowhere on the screen:\n" + "\n".join(lines))


async def click(pilot: Pilot[Any], text: str, *, below: int = 0, right: int = 0) -> None:
    """Click on a text, or so many columns to the right of its beginning, and wait for what that does."""
    column, row = place(pilot, text, below)
    app = pilot.app
    at = {"x": column + right, "y": row, "delta_x": 0, "delta_y": 0, "button": 1}
    for kind in (events.MouseMove, events.MouseDown, events.MouseUp):
        event = kind(
            None, **at, shift=False, meta=False, ctrl=False, screen_x=at["x"], screen_y=at["y"], style=None
        )
        event.set_sender(app)
        driver = app._driver  # noqa: SLF001 - the mouse comes from there
        assert driver is not None
        driver.send_message(event)
        await settled(pilot)
