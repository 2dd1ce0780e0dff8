"""Asking for one text."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content

Check = Callable[[str], str | None]
"""Returns what is wrong with a text, None where it will do."""


class AskDialog(Dialog[str | None]):
    """Asks for a text, checked as it is typed; None where the user thinks better of it."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="ask.cancel", keys="escape", title="Cancel", call="cancel", footer="Cancel"),
    )
    BINDINGS = bindings(ACTIONS)

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        value: str = "",
        check: Check | None = None,
        do: str = "OK",
        danger: bool = False,
    ) -> None:
        super().__init__()
        self._do, self._danger = do, danger
        self._title, self._text, self._value, self._check = title, text, value, check

    def compose(self) -> ComposeResult:
        """Lay out question, input and buttons."""
        with Vertical(classes="dialog"):
            yield Label(content(self._title), classes="title")
            if self._text:
                yield Static(content(self._text), classes="effect")
            yield Input(self._value)
            yield Label("", classes="bad")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(content(self._do), id="ok", variant="error" if self._danger else "primary")

    def on_mount(self) -> None:
        """Rest in the input."""
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is wrong."""
        event.stop()
        problem = self._problem() if event.value else None
        self.query_one(".bad", Label).update(content(f"✗ {problem}") if problem else "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the text."""
        event.stop()
        self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        if event.button.id == "ok":
            self._answer()
        else:
            self.dismiss(None)

    def _problem(self) -> str | None:
        text = self.query_one(Input).value.strip()
        return "is needed" if not text else None if self._check is None else self._check(text)

    def _answer(self) -> None:
        problem = self._problem()
        if problem is None:
            self.dismiss(self.query_one(Input).value.strip())
        else:
            self.query_one(".bad", Label).update(content(f"✗ {problem}"))

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)
