"""What went wrong, where, and how to mend it."""

import traceback
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Label, Static

from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content, plain


class ErrorDialog(Dialog[None]):
    """Shows one error; `c` copies its details."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="error.close", keys="escape,q", title="Close", call="close", footer="Close"),
        Action(id="error.copy", keys="c", title="Copy the details", call="copy_details", footer="Copy"),
    )
    BINDINGS = bindings(ACTIONS)

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def tells(self, error: Exception) -> bool:
        """Tell whether this is what the dialog says already."""
        return type(error) is type(self._error) and str(error) == str(self._error)

    def compose(self) -> ComposeResult:
        """Lay out the parts of the message."""
        known = isinstance(self._error, UsagebillError)
        what = self._error.what if isinstance(self._error, UsagebillError) else _unexpected(self._error)
        with Vertical(classes="dialog -error"):
            yield Label(
                "✗ That did not work" if known else "✗ Something unexpected happened", classes="title"
            )
            with VerticalScroll(classes="dialog-body"):
                yield Static(content(what), classes="what")
                if isinstance(self._error, UsagebillError) and self._error.where:
                    yield Static(content(f"Where: {self._error.where}"), classes="where")
                yield Static(content(f"What to do: {_mend(self._error)}"), classes="mend")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Copy details", id="copy")
                yield Button("Close", id="close", variant="primary")

    def on_mount(self) -> None:
        """Rest on Close."""
        self.query_one("#close").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        if event.button.id == "copy":
            self.action_copy_details()
        else:
            self.action_close()

    def action_close(self) -> None:
        """Go back to the screen behind."""
        self.dismiss()

    def action_copy_details(self) -> None:
        """Copy the error, with where it arose."""
        self.app.copy_to_clipboard("".join(traceback.format_exception(self._error)))
        self.app.notify("Details copied", title="Clipboard")


def _unexpected(error: Exception) -> str:
    return f"{type(error).__name__}: {plain(error) or 'no message'}"


def _mend(error: Exception) -> str:
    if isinstance(error, UsagebillError):
        return error.mend or "look at what it names, then try again"
    return "nothing was changed by this step; copy the details for a report, then try again"
