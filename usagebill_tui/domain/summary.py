"""Summaries: what lists, sums and the ledger need to know of an invoice, without its lines."""

from datetime import date
from decimal import Decimal

import msgspec

from usagebill_tui.domain.invoice import Invoice, Span, Status


class Summary(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An invoice without its lines, of which it has `lines`; all else is as the invoice has it."""

    id: str
    number: str | None
    status: Status
    customer: str
    subscription: str
    currency: str
    period: Span
    issued: date | None
    due: date | None
    lines: int
    total: Decimal
    amount_due: Decimal
    snapshot: int


def summary_of(invoice: Invoice) -> Summary:
    """Return what lists, sums and the ledger need to know of an invoice."""
    return Summary(
        id=invoice.id,
        number=invoice.number,
        status=invoice.status,
        customer=invoice.customer,
        subscription=invoice.subscription,
        currency=invoice.currency,
        period=invoice.period,
        issued=invoice.issued,
        due=invoice.due,
        lines=len(invoice.lines),
        total=invoice.total,
        amount_due=invoice.amount_due,
        snapshot=invoice.snapshot,
    )
