"""Asking which events to show."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Label

from usagebill_tui.billing.usage.event_pages import EventSearch
from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form

_FIELDS = (
    Field(key="customer", title="Customer", help="An id or alias of a customer"),
    Field(key="account", title="Account", help="The very name that events carry"),
    Field(key="metric", title="Metric", help="A metric's code, or the events' own"),
    Field(key="first", title="From", help="Like 2026-11-01 or 2026-11-01T08:00Z"),
    Field(key="last", title="To", help="Up to, not including, this day or instant"),
    Field(key="id", title="Id", help="An id, or how it begins"),
)


class SearchEvents(Dialog[EventSearch | None]):
    """Asks for customer, metric, time and id; answers with a search, None where nothing was changed."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="search.cancel", keys="escape", title="Cancel", call="cancel", footer="Cancel"),
        Action(
            id="search.show",
            keys="ctrl+s",
            title="Show these events",
            call="show",
            footer="Show",
            priority=True,
        ),
    )
    BINDINGS = bindings(ACTIONS)
    AUTO_FOCUS = "Input"

    def __init__(self, search: EventSearch) -> None:
        super().__init__()
        self._search = search

    def compose(self) -> ComposeResult:
        """Lay out form and buttons."""
        with Vertical(classes="dialog"):
            yield Label("Which events?", classes="title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Form(_FIELDS, {f.key: getattr(self._search, f.key) for f in _FIELDS})
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("All events", id="all")
                yield Button("Show", id="show", variant="primary")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        match event.button.id:
            case "cancel":
                self.dismiss(None)
            case "all":
                self.dismiss(EventSearch())
            case _:
                self.action_show()

    def on_input_submitted(self) -> None:
        """Take enter for the end of the form."""
        self.action_show()

    def action_cancel(self) -> None:
        """Leave everything as it is."""
        self.dismiss(None)

    def action_show(self) -> None:
        """Answer with what was typed."""
        form = self.query_one(Form)
        if not form.show_problems():
            self.dismiss(EventSearch(**form.values()))
