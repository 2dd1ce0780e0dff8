"""Help: what the focused part, the screen and the whole application do, with their keys."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Label

from usagebill_tui.tui.actions import Action, bindings, key_name
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.widgets.keybar import ActionLine

_KEYS_WIDE = 8


class HelpPart:
    """One part of the help: a title, a sentence, and its keys."""

    def __init__(self, title: str, text: str, rows: Sequence[tuple[str, str]]) -> None:
        self.title, self.text, self.rows = title, text, rows

    @classmethod
    def of_actions(cls, title: str, text: str, actions: Iterable[Action], keys: dict[str, str]) -> "HelpPart":
        """Return the part for declared actions; `keys` are the user's own, by action id."""
        rows = [
            (_keys(keys.get(a.id, a.keys)), f"{a.title}. {a.help}" if a.help else a.title) for a in actions
        ]
        return cls(title, text, rows)

    @classmethod
    def of_bindings(cls, title: str, text: str, found: Iterable[Binding]) -> "HelpPart":
        """Return the part for a widget's own bindings."""
        rows = {b.description: _keys(b.key) for b in found if b.description}
        return cls(title, text, [(keys, description) for description, keys in rows.items()])


class HelpDialog(Dialog[None]):
    """Shows the parts of the help that fit what is focused."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            id="help.close",
            keys="escape,q,question_mark",
            title="Close",
            call="app.pop_screen",
            footer="close",
        ),
    )
    BINDINGS = bindings(ACTIONS)

    def __init__(self, parts: Sequence[HelpPart]) -> None:
        super().__init__()
        self._parts = parts

    def compose(self) -> ComposeResult:
        """Lay out one part under the other."""
        with Vertical(classes="dialog -wide"):
            yield Label("? Help", classes="title")
            with VerticalScroll(classes="dialog-body", can_focus=True):
                yield HelpText(self._parts)
            yield ActionLine(self.ACTIONS)


class HelpText(Widget):
    """All parts of the help as lines, each wrapped beside its keys; only those in sight are drawn."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"help--title", "help--keys"}
    DEFAULT_CSS = """
    HelpText { height: auto; width: 1fr; }
    HelpText > .help--title { color: $secondary; text-style: bold; }
    HelpText > .help--keys { text-style: bold; }
    """

    def __init__(self, parts: Sequence[HelpPart]) -> None:
        super().__init__()
        self._parts = parts
        self._wrapped: dict[int, list[tuple[str, str, bool]]] = {}

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines there are at this width."""
        del container, viewport
        return len(self._lines(width))

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        lines = self._lines(self.size.width)
        keys, text, is_title = lines[y] if y < len(lines) else ("", "", False)
        plain = self.rich_style
        words = Segment(text, self.get_component_rich_style("help--title") if is_title else plain)
        beside = [Segment(keys, self.get_component_rich_style("help--keys"))] if keys else []
        return Strip([*beside, words]).adjust_cell_length(self.size.width, plain)

    def _lines(self, width: int) -> list[tuple[str, str, bool]]:
        """Return keys, text and whether it is a title, line by line."""
        if width not in self._wrapped:
            self._wrapped = {width: [line for part in self._parts for line in _lines_of(part, width)]}
        return self._wrapped[width]


def _lines_of(part: HelpPart, width: int) -> Iterator[tuple[str, str, bool]]:
    beside = max(_KEYS_WIDE, *(len(keys) for keys, _ in part.rows)) + 2
    yield "", part.title, True
    yield "", "", False
    for line in textwrap.wrap(part.text, max(width, 1)):
        yield "", line, False
    if part.text:
        yield "", "", False
    for keys, text in part.rows:
        for place, line in enumerate(textwrap.wrap(text, max(width - beside, 8)) or [""]):
            yield ("" if place else keys).ljust(beside), line, False
    yield "", "", False


def _keys(keys: str) -> str:
    return " ".join(key_name(key) for key in keys.split(","))
