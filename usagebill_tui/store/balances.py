"""What final invoices owe back to their customers: paid or credited beyond what they come to."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from usagebill_tui.store import tables as t
from usagebill_tui.store.ledger import from_minor
from usagebill_tui.store.rows import chunks


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """What an invoice owes back; the oldest, by where its period starts, is set against others first."""

    invoice: str
    start: datetime
    number: str
    customer: str
    currency: str
    amount: Decimal


def owed_back(session: Session, customers: Sequence[str] | None = None) -> list[Owed]:
    """Return the invoices that owe something back, of all customers or these, by customer and period."""
    if customers is None:
        return _found(session, None)
    return [one for chunk in chunks(sorted(set(customers))) for one in _found(session, chunk)]


def drafts_owing_back(session: Session) -> set[str]:
    """Return the customers with a draft that comes to less than nothing."""
    row = t.InvoiceRow
    return set(session.scalars(select(row.customer).where(row.status == "draft", row.total_minor < 0)))


def _found(session: Session, customers: Sequence[str] | None) -> list[Owed]:
    invoice, payment, note, move = t.InvoiceRow, t.PaymentRow, t.CreditNoteRow, t.CreditMoveRow
    paid = _sum(payment.amount_minor).where(payment.invoice == invoice.id).scalar_subquery()
    credited = _sum(note.total_minor).where(note.invoice == invoice.id).scalar_subquery()
    used = _sum(move.amount_minor).where(move.invoice == invoice.id, move.units.is_(None)).scalar_subquery()
    moved = _sum(move.amount_minor).where(move.source == invoice.id).scalar_subquery()
    due = invoice.total_minor - paid + credited - used + moved
    query = (
        select(invoice.id, invoice.period_start, invoice.number, invoice.customer, invoice.currency, due)
        .where(invoice.status == "paid", due < 0)
        .order_by(invoice.customer, invoice.period_start, invoice.id)
    )
    if customers is not None:
        query = query.where(invoice.customer.in_(customers))
    return [
        Owed(
            invoice=identity,
            start=start,
            number=number or identity,
            customer=customer,
            currency=currency,
            amount=from_minor(-int(minor), currency),
        )
        for identity, start, number, customer, currency, minor in session.execute(query)
    ]


def _sum(column: InstrumentedAttribute[int]) -> Select[tuple[int]]:
    return select(func.coalesce(func.sum(column), 0))
