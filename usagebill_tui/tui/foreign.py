"""Foreign text on its way into a widget: never markup, never control codes, never longer than it may be."""

from rich.text import Text
from textual.content import Content

from usagebill_tui.foreign_text import safe

LONGEST = 2_000
"""No widget shows more characters of one text; the whole of it can be exported."""

WHOLE = 20_000
"""Nor does the row in full, which is opened to see just that."""


def plain(text: object, longest: int = LONGEST) -> str:
    """Return a text that is safe on a terminal, on one line, and cut with an ellipsis where it is longer."""
    shown = safe(str(text)[: longest + 1])
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def content(text: object, style: str = "", longest: int = LONGEST) -> Content:
    """Return foreign text for a widget: labels, buttons, options, titles and notifications take it."""
    return Content.styled(plain(text, longest), style) if style else Content(plain(text, longest))


class Cell(Text):
    """A text of a table that may be cut there; `whole` is all of it, for the row in full and for copies."""

    whole = ""


def cell(text: object, *, right: bool = False, style: str = "", longest: int = 200) -> Cell:
    """Return foreign text for a cell of a table."""
    found = Cell(
        plain(text, longest),
        justify="right" if right else "left",
        style=style,
        no_wrap=True,
        overflow="ellipsis",
    )
    found.whole = plain(text, WHOLE)
    return found
