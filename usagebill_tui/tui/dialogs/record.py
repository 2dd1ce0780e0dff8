"""One row in full."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Label, Static

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import WHOLE, content
from usagebill_tui.tui.widgets.keybar import ActionLine


class RecordDialog(Dialog[None]):
    """Shows every value of a row, each with its title; `c` copies them."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            id="record.close",
            keys="escape,q,space,enter",
            title="Close",
            call="app.pop_screen",
            footer="close",
        ),
        Action(id="record.copy", keys="c", title="Copy", call="copy_record", footer="copy"),
    )
    BINDINGS = bindings(ACTIONS)

    def __init__(self, record: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        """Lay out the values one under the other."""
        with Vertical(classes="dialog -wide"):
            yield Label("The whole row", classes="title")
            with VerticalScroll(classes="dialog-body", can_focus=True):
                for title, value in self._record:
                    with Horizontal(classes="record-line"):
                        yield Label(content(title), classes="record-title")
                        yield Static(content(value or "–", longest=WHOLE), classes="record-value")
            yield ActionLine(self.ACTIONS)

    def action_copy_record(self) -> None:
        """Copy the values as lines."""
        self.app.copy_to_clipboard("\n".join(f"{title}: {value}" for title, value in self._record))
        self.app.notify("Copied as text", title="Clipboard")
