"""How a workspace stands, in a few counts and sums that cost little however much there is."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from usagebill_tui.store import tables as t
from usagebill_tui.store.ledger import from_minor

_SET_UP = {
    "metrics": t.MetricRow,
    "products": t.ProductRow,
    "plans": t.PlanRow,
    "customers": t.CustomerRow,
    "batches": t.BatchRow,
}


class Sum(NamedTuple):
    """So many invoices, and what is still to be paid of them."""

    invoices: int
    amount: Decimal


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are of each noun; what is open, overdue and in drafts by currency; rows not read.

    `rejected` are rows that imports, not taken back, could not read, and `rejected_in` the newest of these.
    """

    counts: Mapping[str, int]
    open: Mapping[str, Sum]
    overdue: Mapping[str, Sum]
    drafts: Mapping[str, Sum]
    rejected: int
    rejected_in: int | None


def standing(session: Session, today: date) -> Standing:
    """Return how the workspace stands on a day."""
    counts = {
        name: session.scalar(select(func.count()).select_from(table)) or 0 for name, table in _SET_UP.items()
    }
    invoice, batch = t.InvoiceRow, t.BatchRow
    undone = select(batch.undoes).where(batch.undoes.is_not(None))
    rejects = select(func.coalesce(func.sum(batch.rejected), 0), func.max(batch.id))
    rejected, newest = session.execute(rejects.where(batch.rejected > 0, batch.id.not_in(undone))).one()
    is_open = invoice.status == "final"
    return Standing(
        counts=counts,
        open=_sums(session, is_open),
        overdue=_sums(session, and_(is_open, invoice.due < today)),
        drafts=_sums(session, invoice.status == "draft"),
        rejected=int(rejected),
        rejected_in=newest,
    )


def _sums(session: Session, condition: ColumnElement[bool]) -> dict[str, Sum]:
    """Sum up what is left to pay: totals first, then what settles them, each in one pass."""
    invoice = t.InvoiceRow
    totals = select(invoice.currency, func.count(), func.sum(invoice.total_minor)).where(condition)
    payment, note, move = t.PaymentRow, t.CreditNoteRow, t.CreditMoveRow
    settled: dict[str, int] = {}
    for amount, of in (
        (payment.amount_minor, payment.invoice == invoice.id),
        (-note.total_minor, note.invoice == invoice.id),
        (move.amount_minor, and_(move.invoice == invoice.id, move.units.is_(None))),
        (-move.amount_minor, move.source == invoice.id),
    ):
        sums = select(invoice.currency, func.sum(amount)).where(condition, of).group_by(invoice.currency)
        for currency, minor in session.execute(sums):
            settled[currency] = settled.get(currency, 0) + int(minor)
    rows = session.execute(totals.group_by(invoice.currency).order_by(invoice.currency))
    return {
        currency: Sum(number, from_minor(int(minor) - settled.get(currency, 0), currency))
        for currency, number, minor in rows
    }
