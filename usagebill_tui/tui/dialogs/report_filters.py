"""Choosing what a report covers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, ItemGrid, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.report_filters import RANGES, with_range


class FilterDialog(Dialog[dict[str, Any] | None]):
    """Asks for the fields of a report; a button takes one of the ready-made ranges of dates."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="filters.cancel", keys="escape", title="Cancel", call="cancel", footer="Cancel"),
        Action(id="filters.apply", keys="ctrl+s", title="Show", call="apply", footer="Show", priority=True),
    )
    BINDINGS = bindings(ACTIONS)
    AUTO_FOCUS = "Form Input"

    def __init__(self, title: str, fields: Sequence[Field], asked: Mapping[str, Any], today: date) -> None:
        super().__init__()
        self._title, self._fields, self._asked, self._today = title, tuple(fields), dict(asked), today

    def compose(self) -> ComposeResult:
        """Lay out ranges, form and buttons."""
        with Vertical(classes="dialog"):
            yield Label(self._title, classes="title")
            if any(field.key == "first" for field in self._fields):
                with ItemGrid(id="ranges", min_column_width=14):
                    for place, name in enumerate(RANGES):
                        yield Button(name, id=f"range-{place}", compact=True)
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Form(self._fields, self._asked)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Show", id="show", variant="primary")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        name = event.button.id or ""
        if name.startswith("range-"):
            chosen = RANGES[int(name.removeprefix("range-"))]
            form = self.query_one(Form)
            form.fill(with_range(form.values(), chosen, self._today))
        elif name == "show":
            self.action_apply()
        else:
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Show the report."""
        event.stop()
        self.action_apply()

    def action_apply(self) -> None:
        """Answer with what is asked for, unless something is wrong with it."""
        form = self.query_one(Form)
        if form.show_problems():
            return
        values = form.values()
        first, last = values.get("first"), values.get("last")
        if last is not None and first is None and any(field.key == "metrics" for field in self._fields):
            form.show_problem("first", "is needed where To is given")
        elif first is not None and last is not None and first >= last:
            form.show_problem("last", "must be later than From")
        else:
            self.dismiss(values)

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)
