"""Foreign text on its way into a widget: never markup, never control codes, never longer than it may be."""

from rich.text import Text
from textual.content import Content

from usagebill_tui.foreign_text import safe

LONGEST = 2_000
"""No widget shows more characters of one text; the whole of it can be exported."""


def plain(text: object, longest: int = LONGEST) -> str:
    """Return a text that is safe on a terminal, on one line, and cut with an ellipsis where it is longer."""
    shown = safe(str(text)[: longest + 1])
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def content(text: object, style: str = "", longest: int = LONGEST) -> Content:
    """Return foreign text for a widget: labels, buttons, options, titles and notifications take it."""
    return Content.styled(plain(text, longest), style) if style else Content(plain(text, longest))


def cell(text: object, *, right: bool = False, style: str = "", longest: int = 200) -> Text:
    """Return foreign text for a cell of a table."""
    return Text(
        plain(text, longest),
        justify="right" if right else "left",
        style=style,
        no_wrap=True,
        overflow="ellipsis",
    )
