"""A question before something that cannot be taken back."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Label, Static

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content


class Confirm(Dialog[bool]):
    """Names the thing and the effect ("Void INV-0042, 3 lines, $120.00"), which may have several lines.

    The focus is on Cancel, unless what is asked is harmless: then another enter does it.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="confirm.no", keys="escape,n", title="Cancel", call="answer(False)", footer="Cancel"),
        Action(id="confirm.yes", keys="y", title="Yes, do it", call="answer(True)", footer="Do it"),
    )
    BINDINGS = bindings(ACTIONS)

    def __init__(
        self, title: str, effect: str, do: str, *, danger: bool = False, harmless: bool = False
    ) -> None:
        super().__init__()
        self._title, self._effect, self._do, self._danger = title, effect, do, danger
        self._harmless = harmless

    def compose(self) -> ComposeResult:
        """Lay out question and buttons."""
        with Vertical(classes="dialog"):
            yield Label(content(self._title), classes="title")
            effect = Content("\n").join(content(line) for line in self._effect.split("\n"))
            yield Static(effect, classes="effect")
            with Horizontal(classes="dialog-buttons"):
                yield Button(_with_key("n", "Cancel"), id="no")
                yield Button(
                    _with_key("y", self._do), id="yes", variant="error" if self._danger else "primary"
                )

    def on_mount(self) -> None:
        """Rest on Cancel, or on what is harmless."""
        self.query_one("#yes" if self._harmless else "#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer as the button says."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:  # noqa: FBT001 - Textual passes it by place
        """Answer by key."""
        self.dismiss(answer)


def _with_key(key: str, words: str) -> Content:
    return Content.assemble(content(words), f"  ({key})")
