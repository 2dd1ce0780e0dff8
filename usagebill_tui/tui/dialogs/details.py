"""One thing in full: parts with a title, each of named values."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Label, Static

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.widgets.keybar import ActionLine

Part = tuple[str, Sequence[tuple[str, str | Text]]]
"""A title, and named values."""

_LONGEST = 20_000
_WIDEST = 26


class Details(Dialog[str | None]):
    """Shows one thing; `c` copies it. It may offer things to do: a key, what it is, and what is answered."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="details.close", keys="escape,q,space,enter", title="Close", call="answer('')",
               footer="close"),
        Action(id="details.copy", keys="c", title="Copy", call="copy_parts", footer="copy"),
    )  # fmt: skip
    BINDINGS = bindings(ACTIONS)

    def __init__(self, title: str, parts: Sequence[Part], offers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._title, self._parts, self._offers = title, parts, offers
        for key, _ in offers:
            self._bindings.bind(key, f"answer({key!r})")

    def compose(self) -> ComposeResult:
        """Lay out the parts one under the other."""
        names = max((len(plain(name, 60)) for _, values in self._parts for name, _ in values), default=0)
        with Vertical(classes="dialog -wide"):
            yield Label(content(self._title), classes="title")
            with VerticalScroll(classes="dialog-body", can_focus=True):
                for title, values in self._parts:
                    if title:
                        yield Label(content(title), classes="help-title")
                    yield Static(_lines(values, min(names, _WIDEST)), classes="help-keys")
            offers = (
                Action(id=f"details.{key}", keys=key, title=what, call=f"answer({key!r})", footer=what)
                for key, what in self._offers
            )
            yield ActionLine((*self.ACTIONS, *offers))

    def action_answer(self, key: str) -> None:
        """Close, and tell what was chosen."""
        self.dismiss(key or None)

    def action_copy_parts(self) -> None:
        """Copy the values as lines."""
        lines = [
            f"{name}: {value.plain if isinstance(value, Text) else value}"
            for _, values in self._parts
            for name, value in values
        ]
        self.app.copy_to_clipboard("\n".join(lines))
        self.app.notify("Copied as text", title="Clipboard")


def _lines(values: Sequence[tuple[str, str | Text]], width: int) -> Content:
    return Content("\n").join(_line(name, value, width) for name, value in values)


def _line(name: str, value: str | Text, width: int) -> Content:
    shown = (
        Content.from_rich_text(value) if isinstance(value, Text) else content(value or "–", longest=_LONGEST)
    )
    return Content.assemble((f"{plain(name, 60):<{width}}  ", "$text-muted"), shown)
