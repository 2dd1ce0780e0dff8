"""What an invoice comes to, from its lines to the amount due: each amount with where it comes from."""

from decimal import Decimal

import msgspec

from usagebill_tui.billing.documents.invoice_text import total_rows
from usagebill_tui.billing.words import money
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.plan import Discount
from usagebill_tui.domain.quantity import exact_arithmetic, plain

_CENT = Decimal("0.01")


class ExplainedTotal(msgspec.Struct, frozen=True, kw_only=True):
    """An amount below the lines by its name on the invoice; `why` is empty where the name says it."""

    name: str
    amount: Decimal
    why: str = ""


def explained_totals(invoice: Invoice, discount: Discount | None) -> tuple[ExplainedTotal, ...]:
    """Return the amounts below an invoice's lines; `discount` is the one that its plan version agrees."""
    whys = {
        "Subtotal": f"the sum of the lines, {len(invoice.lines)} in all",
        "Discount": "" if discount is None else _discount(invoice, discount),
        "Total": "subtotal less discount, plus tax",
        "Amount due": "total less credits, less what was paid",
    }
    return tuple(
        ExplainedTotal(name=name, amount=amount, why=whys.get(name) or _tax(name, invoice))
        for name, amount in total_rows(invoice)
    )


def _discount(invoice: Invoice, discount: Discount) -> str:
    months = "" if discount.months is None else f", in the first {discount.months} months"
    if discount.amount is not None:
        return f"up to {money(discount.amount, invoice.currency)} off each period{months}"
    if discount.percent is None:
        return ""
    with exact_arithmetic():
        # What the plan's minimum and maximum add, and what settles earlier invoices, has no discount.
        lines = [line.amount for line in invoice.lines if line.product is not None and line.settles is None]
        base = sum(lines, Decimal(0))
        exact = round_money(base * discount.percent * _CENT, invoice.currency) == invoice.discount
    on = f" of {money(base, invoice.currency)}, the lines of products" if exact else ""
    return f"{plain(discount.percent)}%{on}{months}"


def _tax(name: str, invoice: Invoice) -> str:
    """Return what tax at a single rate without a code is on; rates with codes say so by their names."""
    if not name.startswith("Tax ") or invoice.taxes or any(line.settles for line in invoice.lines):
        return ""
    with exact_arithmetic():
        return f"on {money(invoice.subtotal - invoice.discount, invoice.currency)}"
