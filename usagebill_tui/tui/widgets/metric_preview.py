"""A metric at work: the last events that it counts, what they come to, and the days before."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label, Static

from usagebill_tui.billing.words import units
from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.widgets.scale import compact, sparks
from usagebill_tui.tui.work import Guarded

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.trying import Trial
    from usagebill_tui.domain.usage import Usage
    from usagebill_tui.eventstore.types import StoredEvent

_PROPERTIES = 3


class MetricPreview(Guarded, Vertical):
    """Shows what a metric would measure of the events that are there."""

    def __init__(self) -> None:
        super().__init__()
        self._unit = ""

    def compose(self) -> ComposeResult:
        """Lay out value, trend and events."""
        yield Label("What it would measure", classes="section")
        yield Static("", id="trial-value")
        yield Label("Last events", classes="section")
        yield Static("", id="trial-events")

    def show_metric(self, table: dict[str, Any]) -> None:
        """Try another metric."""
        self._unit = str(table.get("unit", ""))
        self.work(
            lambda workspace: workspace.try_metric(table),
            self._show_trial,
            group="trial",
            failed=self._failed,
        )

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, UsagebillError):
            self._show(error)
            return
        self.query_one("#trial-value", Static).update(content(f"✗ {error.what}", "$error"))

    def _show_trial(self, trial: "Trial") -> None:
        value, events = self.query_one("#trial-value", Static), self.query_one("#trial-events", Static)
        if trial.account is None or trial.total is None:
            value.update("No event carries this code yet.\nImport some, or look at Event above.")
            events.update("")
            return
        value.update(_value(trial, self._unit))
        events.update(_events(trial.newest))


def _value(trial: "Trial", unit: str) -> Table:
    total = trial.total
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim")
    table.add_column()
    if total is None:
        return table
    first, last = total.start.date(), trial.daily[-1].start.date()
    table.add_row("Account", cell(trial.account, longest=40))
    table.add_row("Usage", Text(total.failure or units(total.units, unit), style="bold"))
    table.add_row("Days", Text(f"{first} to {last}, UTC"))
    table.add_row("By day", Text(sparks([day.units or Decimal(0) for day in trial.daily])))
    table.add_row("", Text(_ends(trial.daily), style="dim"))
    table.add_row("Counted", Text(f"{total.events:,} events"))
    if total.left_out:
        table.add_row("Left out", Text(f"! {total.left_out:,} without a usable property"))
    table.add_row("In all", Text(f"{trial.events:,} events carry the code"))
    return table


def _ends(daily: "tuple[Usage, ...]") -> str:
    values = [day.units for day in daily if day.units is not None]
    return f"least {compact(min(values))}, most {compact(max(values))}" if values else "no value"


def _events(newest: "tuple[StoredEvent, ...]") -> Table:
    from usagebill_tui.domain.zones import from_micros

    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for event in reversed(newest):
        shown = list(event.properties.items())[:_PROPERTIES]
        words = ", ".join(f"{plain(path, 30)} {_word(value)}" for path, value in shown)
        more = len(event.properties) - len(shown)
        table.add_row(
            f"{from_micros(event.timestamp):%d %b %H:%M:%S}",
            cell(f"{words}{f', {more} more' if more > 0 else ''}", longest=300),
        )
    return table


def _word(value: Any) -> str:
    number, text, json = value
    if text is not None:
        return plain(text, 40)
    return units(number) if number is not None else plain(json or "", 40)
