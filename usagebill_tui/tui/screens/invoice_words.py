"""How invoices are written in lists and questions: a glyph and a word for each status, names, amounts."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.text import Text

from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.periods import Days
from usagebill_tui.tui.foreign import plain

if TYPE_CHECKING:
    from usagebill_tui.domain.summary import Summary
    from usagebill_tui.store.browsing.invoices import InvoiceKind

STATUSES: Mapping[str, tuple[str, str]] = {
    "draft": ("○ draft", ""),
    "final": ("● final", "info"),
    "overdue": ("! overdue", "bad"),
    "paid": ("✓ paid", "good"),
    "void": ("✗ void", "dim"),
    "estimate": ("≈ estimate", ""),
}
KINDS: Mapping["InvoiceKind", str] = {
    "all": "All",
    "draft": "○ Draft",
    "open": "● Open",
    "overdue": "! Overdue",
    "paid": "✓ Paid",
    "void": "✗ Void",
}


def status_text(status: str, *, overdue: bool = False) -> Text:
    """Return a status as a glyph and a word."""
    word, style = STATUSES["overdue" if overdue else status]
    return Text(word, style=style, no_wrap=True)


def invoice_name(invoice: "Invoice | Summary") -> str:
    """Return what an invoice is called: its number, a draft's id."""
    return plain(invoice.number or invoice.id, 60)


def days_text(days: Days) -> str:
    """Write the first and the last of some days: `1 Nov – 30 Nov 2023`."""
    last = days.after - timedelta(days=1)
    first = day(days.first)
    return f"{first.rpartition(' ')[0] if last.year == days.first.year else first} – {day(last)}"


def due_amount(invoice: Invoice) -> str:
    """Write what is still to be paid; nothing is owed on what is void."""
    return "–" if invoice.status == "void" else money(invoice.amount_due, invoice.currency)


def in_short(invoice: Invoice) -> str:
    """Name an invoice in a question: `INV-0042, 3 lines, $120.00`."""
    count = len(invoice.lines)
    lines = "1 line" if count == 1 else f"{count:,} lines"
    return f"{invoice_name(invoice)}, {lines}, {money(invoice.total, invoice.currency)}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 draft`, `6 drafts`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def payment_outcome(invoice: Invoice, amount: Decimal) -> str:
    """Say what a payment (negative: a refund) would leave to pay."""
    after = invoice.amount_due - amount
    words = money(abs(after), invoice.currency)
    if amount < 0:
        return f"refund: {words} will be due" if after > 0 else f"refund: {words} remain paid too much"
    if after > 0:
        return f"part payment: {words} remain due"
    return f"over-payment: {words} more than is due" if after < 0 else "pays all that is due"


def last_month(today: date) -> str:
    """Return the last whole month before a day as a period: `2023-11`."""
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
