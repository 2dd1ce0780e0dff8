"""One line of a period: how its amount comes about, what was measured, and the events behind it."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Label, Static

from usagebill_tui.billing.words import money, step, units
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.screens.customer_lines import change_text, days_text
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.comparing import ComparedLine, Comparison
    from usagebill_tui.billing.usage.explaining import Explanation
    from usagebill_tui.domain.invoice import Invoice
    from usagebill_tui.eventstore.types import StoredEvent
    from usagebill_tui.workspace import Workspace

_PROPERTIES = 8


class LinePage(Page):
    """Shows the arithmetic of one line, the rule by which it was measured, and its events in time order."""

    PAGE = "customers"
    HELP_TEXT = "The steps add up to the charge exactly; the events are those that it counts or leaves out."

    def __init__(self, comparison: "Comparison", compared: "ComparedLine") -> None:
        super().__init__()
        self._comparison, self._compared = comparison, compared
        self._explanation: Explanation | None = None

    @property
    def title_text(self) -> str:
        """Return what is explained."""
        return plain(self._compared.line.description, 60)

    @property
    def _invoice(self) -> "Invoice":
        before = self._comparison.before
        return before if self._compared.now is None and before is not None else self._comparison.period

    def body(self) -> ComposeResult:
        """Yield the arithmetic above the events."""
        invoice, line = self._invoice, self._compared.line
        days = self._comparison.days if self._compared.now is not None else self._comparison.days_before
        when = "" if days is None else f" · {days_text(days)}"
        yield Label(
            content(f"{plain(line.description, 60)}{when} · {plain(invoice.customer, 40)} · {invoice.plan}"),
            classes="section",
        )
        with VerticalScroll(id="line-arithmetic", can_focus=False):
            yield Static(_arithmetic(self._comparison, self._compared))
            yield Static("", id="line-rule")
        listing = Listing(
            [
                Column(key="timestamp", title="Time (UTC)"),
                Column(key="properties", title="Properties"),
                Column(key="account", title="Account", priority=1),
                Column(key="id", title="Id", priority=2),
                Column(key="batch", title="Import", right=True, priority=2),
            ],
            self._fetch,
            empty="No events: nothing was counted, and nothing left out.",
            noun="events behind it",
            id="line-events",
        )
        listing.display = line.kind == "usage"
        yield listing

    def load(self) -> None:
        """Ask what was measured, then for the events."""
        invoice = self._invoice
        number = invoice.lines.index(self._compared.line) + 1
        self.work(lambda workspace: workspace.explain_line(invoice, number), self._show_rule)

    def _show_rule(self, explanation: "Explanation") -> None:
        self._explanation = explanation
        self.query_one("#line-rule", Static).update(_rule(explanation))
        if self._compared.line.kind == "usage":
            self.query_one(Listing).load()

    def _fetch(self, workspace: "Workspace", asked: PageRequest) -> Found:
        explanation = self._explanation
        if explanation is None:
            return PageFound((), 0, 0)
        line = explanation.lines[0]
        behind = workspace.events_behind(explanation, line)
        held = (one for one in behind if asked.text.lower() in _words(one).lower())
        rows = [_event_row(one) for one in islice(held, asked.offset, asked.offset + asked.limit)]
        known = line.line.events + line.line.left_out
        if asked.text:
            more = sum(1 for _ in held)
            return PageFound(rows, asked.offset + len(rows) + more, known)
        return PageFound(rows, max(known, asked.offset + len(rows)), max(known, len(rows)))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the event in full."""
        event.listing.show_record()


def _arithmetic(comparison: "Comparison", compared: "ComparedLine") -> Table:
    line, currency = compared.line, comparison.period.currency
    table = Table.grid(padding=(0, 2))
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    for one in line.steps:
        table.add_row(Text(plain(f"  {step(one, currency)}")), "")
    if line.not_rated is not None:
        table.add_row(Text(plain(f"  ✗ not rated: {line.not_rated}"), style="bad"), "")
    for warning in line.warnings:
        table.add_row(Text(plain(f"  ! {warning}"), style="warn"), "")
    table.add_row(Text("Charge", style="bold"), Text(money(line.amount, currency), style="bold"))
    if compared.now is not None and compared.before is not None:
        now, before = compared.amounts
        table.add_row(
            Text(f"The period before, {change_text(now, before, currency)}", style="dim"),
            Text(money(before, currency), style="dim"),
        )
    return table


def _rule(explanation: "Explanation") -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    for title, value in _facts(explanation):
        table.add_row(title, Text(plain(value)))
    return table


def _facts(explanation: "Explanation") -> Iterator[tuple[str, str]]:
    from usagebill_tui.billing.words import rule

    explained = explanation.lines[0]
    line = explained.line
    if explained.metric is None:
        yield "Not metered", "a fee, a minimum or a maximum: no events are behind it"
        return
    yield "Usage", units(line.units, explained.metric.unit or "")
    yield "Measured", rule(explained.metric)
    yield "From", f"{rfc3339(line.period.start)} up to {rfc3339(line.period.end)}"
    yield "Accounts", ", ".join(explained.accounts)
    yield "Events", f"{line.events:,} counted, {line.left_out:,} left out for want of a usable property"


def _words(event: "StoredEvent") -> str:
    properties = "  ".join(
        f"{path}={value.as_text()}" for path, value in list(event.properties.items())[:_PROPERTIES]
    )
    return f"{properties} {event.account} {event.id}"


def _event_row(event: "StoredEvent") -> Row:
    from usagebill_tui.domain.zones import from_micros

    shown = list(event.properties.items())
    words = "  ".join(
        f"{plain(path, 60)}={plain(value.as_text(), 60)}" for path, value in shown[:_PROPERTIES]
    )
    more = f"  {len(shown) - _PROPERTIES} more" if len(shown) > _PROPERTIES else ""
    return Row(
        f"{event.source}\x1f{event.id}",
        (
            f"{from_micros(event.timestamp):%Y-%m-%d %H:%M:%S}",
            cell(f"{words}{more}", longest=300),
            cell(event.account, longest=60),
            cell(event.id, longest=80),
            str(event.batch),
        ),
    )
