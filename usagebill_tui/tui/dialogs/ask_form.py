"""Asking for several values at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label, Static

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form

Check = Callable[[Mapping[str, Any]], tuple[str, str] | None]
"""Returns the key of a field and what is wrong with it, None where all will do."""


class AskForm(Dialog[dict[str, Any] | None]):
    """Asks for the values of some fields; None where the user thinks better of it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="form.cancel", keys="escape", title="Cancel", call="cancel", footer="Cancel"),
        Action(id="form.done", keys="ctrl+s", title="Do it", call="done", footer="Do it", priority=True),
    )
    BINDINGS = bindings(ACTIONS)
    AUTO_FOCUS = "Form Select, Form Input"

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        values: Mapping[str, Any] | None = None,
        *,
        do: str = "OK",
        check: Check | None = None,
    ) -> None:
        super().__init__()
        self._title, self._fields, self._values = title, tuple(fields), values
        self._do, self._check = do, check

    def compose(self) -> ComposeResult:
        """Lay out the form, what it comes to, and the buttons."""
        with Vertical(classes="dialog"):
            yield Label(content(self._title), classes="title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Form(self._fields, self._values)
            yield Static("", id="form-outcome")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(content(self._do), id="done", variant="primary")

    def say(self, text: str, style: str = "") -> None:
        """Say what the values come to."""
        self.query_one("#form-outcome", Static).update(content(text, style))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with what is typed."""
        event.stop()
        self.action_done()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        if event.button.id == "done":
            self.action_done()
        else:
            self.dismiss(None)

    def action_done(self) -> None:
        """Answer with what is typed, unless something is wrong with it."""
        form = self.query_one(Form)
        if form.show_problems():
            return
        values = form.values()
        wrong = None if self._check is None else self._check(values)
        if wrong is not None:
            form.show_problem(*wrong)
        else:
            self.dismiss(values)

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)
