"""Help: what the focused part, the screen and the whole application do, with their keys."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from usagebill_tui.tui.actions import Action, bindings, key_name
from usagebill_tui.tui.widgets.keybar import ActionLine


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


class HelpDialog(ModalScreen[None]):
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
                for part in self._parts:
                    yield Label(part.title, classes="help-title")
                    if part.text:
                        yield Static(Text(part.text), classes="help-text")
                    yield Static(_table(part.rows), classes="help-keys")
            yield ActionLine(self.ACTIONS)


def _table(rows: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=8)
    table.add_column()
    for keys, text in rows:
        table.add_row(Text(keys, style="bold"), Text(text))
    return table


def _keys(keys: str) -> str:
    return " ".join(key_name(key) for key in keys.split(","))
