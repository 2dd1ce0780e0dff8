"""The lists of one customer: subscriptions, invoices, events, payments."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.text import Text

from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.screens.customer_credits import credits_list
from usagebill_tui.tui.screens.customer_words import OVERDUE, state_text
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.eventstore.browsing import Line
    from usagebill_tui.store.browsing.invoices import InvoiceEntry
    from usagebill_tui.workspace import Workspace

_INVOICES: Mapping[str, tuple[str, str]] = {
    "draft": ("○ draft", "dim"),
    "final": ("● final", "info"),
    "paid": ("✓ paid", "good"),
    "void": ("✗ void", "dim"),
}
_PROPERTIES = 6


def subscriptions_list(customer: str) -> Listing:
    """Return the list of a customer's subscriptions, by their start."""

    def fetch(workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.domain.zones import local_day, zone
        from usagebill_tui.store.browsing.customers import subscription_state

        entry = workspace.browse.customer(customer)
        today = local_day(workspace.now(), zone(entry.customer.timezone))
        rows = [
            Row(
                one.id,
                (
                    cell(one.id, longest=60),
                    one.plan_label,
                    state_text(subscription_state(one, today)),
                    day(one.start),
                    day(one.end) if one.end else Text("open", style="dim"),
                    ", ".join(one.prices),
                    cell(", ".join(one.aliases), longest=80),
                ),
            )
            for one in entry.subscriptions
            if asked.text.lower() in f"{one.id} {one.plan_label}".lower()
        ]
        return _window(rows, asked, len(entry.subscriptions))

    columns = [
        Column(key="id", title="Id"),
        Column(key="plan", title="Plan"),
        Column(key="state", title="Status"),
        Column(key="start", title="Start", priority=1),
        Column(key="end", title="Ends before", priority=1),
        Column(key="prices", title="Own prices", priority=2),
        Column(key="aliases", title="Aliases", priority=2),
    ]
    empty = "On no plan yet. Press a to add a subscription."
    return Listing(columns, fetch, empty=empty, noun="subscriptions", id="subscriptions")


def invoices_list(customer: str) -> Listing:
    """Return the list of a customer's invoices, the newest period first."""

    def fetch(workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.domain.zones import zone

        zone_ = zone(workspace.browse.customer(customer).customer.timezone)
        found = workspace.browse.invoices(asked, customer=customer)
        rows = []
        for entry in found.rows:
            invoice = entry.invoice
            first = day(invoice.period.start.astimezone(zone_).date())
            rows.append(
                Row(
                    invoice.id,
                    (
                        cell(invoice.number or invoice.id, longest=40),
                        _invoice_status(entry),
                        first,
                        day(invoice.due) if invoice.due else "–",
                        money(invoice.total, invoice.currency),
                        money(invoice.amount_due, invoice.currency),
                    ),
                )
            )
        return PageFound(rows, found.matching, found.total)

    columns = [
        Column(key="number", title="Number", sortable=True),
        Column(key="status", title="Status", sortable=True),
        Column(key="period", title="Period from", sortable=True, priority=1),
        Column(key="due_on", title="Due on", sortable=True, priority=1),
        Column(key="total", title="Total", right=True, sortable=True, priority=2),
        Column(key="due", title="Amount due", right=True),
    ]
    empty = "No invoices yet. Press 7 for Invoices and bill a period."
    return Listing(
        columns, fetch, empty=empty, noun="invoices", sort="period", descending=True, id="invoices"
    )


def payments_list(customer: str) -> Listing:
    """Return the list of a customer's payments, the newest first."""

    def fetch(workspace: "Workspace", asked: PageRequest) -> Found:
        found = workspace.browse.payments(asked, customer=customer)
        rows = [
            Row(
                str(one.payment.id),
                (
                    day(one.payment.date),
                    cell(one.number, longest=40),
                    money(one.payment.amount, one.payment.currency),
                    "↩ refund" if one.payment.amount < 0 else "✓ received",
                    cell(one.payment.reference),
                ),
            )
            for one in found.rows
        ]
        return PageFound(rows, found.matching, found.total)

    columns = [
        Column(key="date", title="Day", sortable=True),
        Column(key="number", title="Invoice", sortable=True),
        Column(key="amount", title="Amount", right=True, sortable=True),
        Column(key="kind", title="Kind", priority=1),
        Column(key="reference", title="Reference", priority=1),
    ]
    empty = "No payments yet. They are recorded on an invoice: press p there."
    return Listing(columns, fetch, empty=empty, noun="payments", sort="id", descending=True, id="payments")


def events_list(customer: str) -> Listing:
    """Return the list of the events that reach a customer, the latest first."""

    def fetch(workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.billing.usage.event_pages import EventSearch

        found = workspace.browse.events(EventSearch(customer=customer), asked)
        total = found.total if asked.text else found.matching
        return PageFound([_event_row(line) for line in found.rows], found.matching, total)

    columns = [
        Column(key="timestamp", title="Time (UTC)", sortable=True),
        Column(key="metric", title="Metric code"),
        Column(key="account", title="Account", priority=1),
        Column(key="properties", title="Properties", priority=1),
        Column(key="id", title="Id", priority=2),
    ]
    empty = "No events reach this customer. Press 6 for Events to import some, or i on Usage to ask why."
    return Listing(columns, fetch, empty=empty, noun="events", sort="timestamp", descending=True, id="events")


def tab_lists(customer: str) -> Mapping[str, Listing]:
    """Return the lists of a customer by the names of their tabs."""
    made = (subscriptions_list, invoices_list, events_list, payments_list, credits_list)
    return {listing.id or "": listing for listing in (make(customer) for make in made)}


def _event_row(line: "Line") -> Row:
    from usagebill_tui.domain.zones import from_micros

    properties = list(line.properties.items())
    words = "  ".join(f"{path}={value}" for path, value in properties[:_PROPERTIES])
    more = "" if len(properties) <= _PROPERTIES else f"  {len(properties) - _PROPERTIES} more"
    return Row(
        f"{line.source}\x1f{line.id}",
        (
            f"{from_micros(line.timestamp):%Y-%m-%d %H:%M:%S}",
            cell(line.metric, longest=60),
            cell(line.account, longest=60),
            cell(f"{words}{more}", longest=300),
            cell(line.id, longest=80),
        ),
    )


def _invoice_status(entry: "InvoiceEntry") -> Text:
    word, style = OVERDUE if entry.overdue else _INVOICES[entry.invoice.status]
    return Text(word, style=style)


def _window(rows: list[Row], asked: PageRequest, total: int) -> Found:
    return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), total)
