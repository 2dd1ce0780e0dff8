"""The parts of the screen of one invoice: head, totals, payments, and an event in full."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.content import Content

from usagebill_tui.billing.documents.invoice_text import total_rows
from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens.invoice_words import days_text, invoice_name
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.domain.credit_note import CreditNote
    from usagebill_tui.eventstore.types import StoredEvent
    from usagebill_tui.store.browsing.invoices import InvoiceEntry
    from usagebill_tui.store.ledger import Payment
    from usagebill_tui.workspace import Workspace

_STYLES = {"final": "bold $primary", "paid": "bold $success", "void": "bold $text-muted"}
_GLYPHS = {"draft": "○", "final": "●", "paid": "✓", "void": "✗", "estimate": "≈"}


def head(invoice: Invoice, entry: "InvoiceEntry | None", notices: Sequence[str], *, preview: bool) -> Content:
    """Return who owes what for when: three lines, and what must be said of the plugins."""
    status = "would be made" if preview else invoice.status
    late = entry is not None and entry.overdue
    name = invoice.customer if entry is None else entry.customer_name
    who = (
        plain(name, 60) if name == invoice.customer else f"{plain(name, 60)} ({plain(invoice.customer, 60)})"
    )
    days = "" if entry is None else f"{days_text(entry.days)} · "
    dates = [f"issued {day(invoice.issued)}"] if invoice.issued else []
    dates += [f"due {day(invoice.due)}"] if invoice.due else []
    lines = [
        Content.assemble(
            (invoice_name(invoice), "bold"),
            "  ",
            (f"{_GLYPHS[invoice.status]} {status}", _STYLES.get(invoice.status, "bold")),
            ("  ! overdue", "bold $error") if late else "",
            f"  {', '.join(dates)}",
        ),
        Content(
            f"customer {who} · subscription {plain(invoice.subscription, 60)} ({plain(invoice.plan, 60)})"
        ),
        Content.styled(
            f"period {days}{invoice.period.start:%Y-%m-%d %H:%M} to {invoice.period.end:%Y-%m-%d %H:%M} UTC",
            "$text-muted",
        ),
        *(Content.styled(f"! {plain(notice, 300)}", "$warning") for notice in notices),
    ]
    return Content("\n").join(lines)


def totals(invoice: Invoice) -> Content:
    """Return what the lines come to, down to the amount due, amounts aligned to the right."""
    rows = [(name, money(amount, invoice.currency)) for name, amount in total_rows(invoice)]
    left = max(len(name) for name, _ in rows)
    right = max(len(amount) for _, amount in rows)
    strong = {"Total": "bold", "Amount due": "bold $accent"}
    return Content("\n").join(
        Content.styled(f"{name:<{left}}  {amount:>{right}}", strong.get(name, "")) for name, amount in rows
    )


def in_one_line(invoice: Invoice) -> Content:
    """Return total and amount due for a screen with few rows."""
    shown = [(name, amount) for name, amount in total_rows(invoice) if name in {"Total", "Amount due"}]
    return Content(" · ".join(f"{name.lower()} {money(amount, invoice.currency)}" for name, amount in shown))


def payments_list(found: "Callable[[], Sequence[Payment]]", name: str) -> Listing:
    """Return the list of an invoice's payments, in the order in which they were recorded."""

    def fetch(_workspace: "Workspace", asked: PageRequest) -> Found:
        every = found()
        rows = [_payment_row(one) for one in every if asked.text.lower() in one.reference.lower()]
        return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(every))

    columns = [
        Column(key="date", title="Date"),
        Column(key="amount", title="Amount", right=True),
        Column(key="kind", title="Kind", priority=1),
        Column(key="reference", title="Reference"),
        Column(key="who", title="Recorded by", priority=2),
    ]
    empty = "No payments yet. Press p to record one."
    return Listing(columns, fetch, empty=empty, noun="payments", id=name)


def credits_list(found: "Callable[[], Sequence[CreditNote]]", name: str) -> Listing:
    """Return the list of an invoice's credit notes, by number."""

    def fetch(_workspace: "Workspace", asked: PageRequest) -> Found:
        return page([Sortable(_credit_row(one)) for one in found()], asked)

    columns = [
        Column(key="number", title="Number"),
        Column(key="issued", title="Issued", priority=1),
        Column(key="tax", title="Tax", right=True, priority=1),
        Column(key="total", title="Total", right=True),
        Column(key="reason", title="Reason", priority=1),
    ]
    empty = "No credit notes on it. Press n to make one."
    return Listing(columns, fetch, empty=empty, noun="credit notes", id=name)


def _credit_row(one: "CreditNote") -> Row:
    tax, total = money(one.tax, one.currency), money(one.total, one.currency)
    return Row(one.number, (one.number, day(one.issued), tax, total, cell(one.reason, longest=80)))


def adjustments_list(invoice: Callable[[], Invoice | None], name: str) -> Listing:
    """Return the list of what the invoice would come to now, line by line; loaded when it is looked at."""

    def fetch(workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.billing.reports.request import ReportRequest

        one = invoice()
        if one is None or one.number is None or one.status == "void":
            return PageFound([], 0, 0)
        table = workspace.report("adjustments", ReportRequest(customers=(one.customer,)))
        rows = [
            _adjustment_row(place, row, one.currency)
            for place, row in enumerate(table.rows)
            if row["invoice"] == one.number and asked.text.lower() in str(row["reason"]).lower()
        ]
        return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(rows))

    columns = [
        Column(key="line", title="Line", right=True, priority=1),
        Column(key="what", title="What"),
        Column(key="before", title="Billed", right=True, priority=1),
        Column(key="after", title="Now", right=True, priority=1),
        Column(key="difference", title="Difference", right=True),
        Column(key="reason", title="Reason", priority=1),
    ]
    empty = "Nothing to adjust: the invoice would come out as it is."
    return Listing(columns, fetch, empty=empty, noun="lines that change · a settles them", id=name)


def _adjustment_row(place: int, row: Mapping[str, Any], currency: str) -> Row:
    def amount(name: str) -> str:
        return "–" if row[name] is None else money(row[name], currency)

    return Row(
        str(place),
        (
            "–" if row["line"] is None else str(row["line"]),
            cell(row["product"] or row["kind"], longest=40),
            amount("amount_before"),
            amount("amount_after"),
            amount("difference"),
            cell(row["reason"], longest=200),
        ),
    )


def _payment_row(one: "Payment") -> Row:
    kind = "↩ refund" if one.amount < 0 else "✓ received"
    amount = money(one.amount, one.currency)
    return Row(
        str(one.id),
        (day(one.date), amount, kind, cell(one.reference, longest=60), cell(one.who, longest=30)),
    )


def event_record(event: "StoredEvent") -> list[tuple[str, str]]:
    """Return every value of an event with its title."""
    head_values = [
        ("Id", event.id),
        ("Source", event.source),
        ("Account", event.account),
        ("Metric", event.metric),
        ("Time", rfc3339(from_micros(event.timestamp))),
        ("Batch", str(event.batch)),
    ]
    return [*head_values, *((path, value.as_text()) for path, value in event.properties.items())]
