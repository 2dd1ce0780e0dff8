"""An invoice as text: its lines, the steps of each, what it comes to."""

from decimal import Decimal

from usagebill_tui.billing.documents.credit_words import credit_rows
from usagebill_tui.billing.documents.tax_words import tax_rows
from usagebill_tui.billing.words import money, step, units
from usagebill_tui.domain.invoice import Invoice, Line
from usagebill_tui.foreign_text import safe, width

WIDTH = 78


def invoice_text(invoice: Invoice) -> str:
    """Return an invoice as lines of at most 78 columns where its names allow."""
    return "".join(f"{line}\n" for line in [*_head(invoice), *_lines(invoice), *_totals(invoice)])


def _head(invoice: Invoice) -> list[str]:
    title = {"estimate": "Estimate", "draft": "Draft invoice"}.get(invoice.status, "Invoice")
    dates = [f"issued {invoice.issued}, due {invoice.due}"] if invoice.issued else []
    return [
        f"{title} {safe(invoice.number or invoice.id)} · {invoice.status}",
        safe(f"customer {invoice.customer} · subscription {invoice.subscription} ({invoice.plan})"),
        f"period {invoice.period.start:%Y-%m-%d %H:%M} to {invoice.period.end:%Y-%m-%d %H:%M} UTC",
        *dates,
        "",
    ]


def _lines(invoice: Invoice) -> list[str]:
    out: list[str] = []
    for number, line in enumerate(invoice.lines, 1):
        out += line_text(number, line, invoice.currency)
    return out


def line_text(number: int, line: Line, currency: str) -> list[str]:
    """Return one line of an invoice with its steps."""
    used = f" · {units(line.units)}" if line.kind == "usage" else ""
    left_out = f" · {line.left_out:,} events left out" if line.left_out else ""
    out = [amount_row(f"{number}  {safe(line.description)}{used}{left_out}", money(line.amount, currency))]
    out += [f"     {safe(step(one, currency))}" for one in line.steps]
    out += [f"     warning: {safe(warning)}" for warning in line.warnings]
    return out


def total_rows(invoice: Invoice) -> list[tuple[str, Decimal]]:
    """Return what the lines come to, from the subtotal to the amount due; what is nothing is left out."""
    rows = [("Subtotal", invoice.subtotal)]
    if invoice.discount:
        rows.append(("Discount", -invoice.discount))
    rows += tax_rows(invoice)
    rows.append(("Total", invoice.total))
    rows += credit_rows(invoice)
    if invoice.paid:
        rows.append(("Paid", -invoice.paid))
    if invoice.status not in {"estimate", "void"}:
        rows.append(("Amount due", invoice.amount_due))
    return rows


def _totals(invoice: Invoice) -> list[str]:
    rows = total_rows(invoice)
    return ["─" * WIDTH, *(amount_row(name, money(amount, invoice.currency)) for name, amount in rows)]


def amount_row(left: str, right: str) -> str:
    """Return a line with an amount at its right edge."""
    return f"{left}{' ' * max(2, WIDTH - width(left) - width(right))}{right}"
