"""Pages of payments, newest first, with the invoice and the customer that each is for."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.store import tables as t
from usagebill_tui.store.browsing.ordering import ordered
from usagebill_tui.store.ledger import Payment, from_minor

_row, _invoice = t.PaymentRow, t.InvoiceRow
_SORTS: Mapping[str, tuple[Any, ...]] = {
    "id": (_row.id,),
    "date": (_row.date,),
    "number": (_invoice.number,),
    "customer": (_invoice.customer,),
    "amount": (_row.currency, _row.amount_minor),
}


class PaymentEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A payment in a list, with the number and the customer of its invoice."""

    payment: Payment
    number: str
    customer: str


def payment_page(
    session: Session, request: PageRequest, *, customer: str | None = None
) -> PageFound[PaymentEntry]:
    """Return a page of payments whose invoice's number, customer or reference holds the text."""
    within = [] if customer is None else [_invoice.customer == customer]
    matching = [*within, _holding(request.text)] if request.text else within
    order = [ordered(column, descending=request.descending) for column in _SORTS[request.sort or "id"]]
    query = (
        select(_row, _invoice.number, _invoice.customer)
        .join(_invoice, _invoice.id == _row.invoice)
        .where(*matching)
        .order_by(*order, _row.id.desc())
        .offset(request.offset)
        .limit(request.limit)
    )
    entries = [_entry(row, number or row.invoice, owner) for row, number, owner in session.execute(query)]
    total = _count(session, within)
    return PageFound(entries, _count(session, matching) if request.text else total, total)


def _entry(row: t.PaymentRow, number: str, customer: str) -> PaymentEntry:
    payment = Payment(
        id=row.id,
        invoice=row.invoice,
        amount=from_minor(row.amount_minor, row.currency),
        currency=row.currency,
        date=row.date,
        reference=row.reference,
        at=row.at,
        who=row.who,
    )
    return PaymentEntry(payment=payment, number=number, customer=customer)


def _holding(text: str) -> ColumnElement[bool]:
    names = func.coalesce(_invoice.number, "") + "\n" + _invoice.customer + "\n" + _row.reference
    return names.icontains(text, autoescape=True)


def _count(session: Session, conditions: list[ColumnElement[bool]]) -> int:
    query = select(func.count()).select_from(_row)
    if conditions:
        query = query.join(_invoice, _invoice.id == _row.invoice).where(*conditions)
    return session.scalar(query) or 0
