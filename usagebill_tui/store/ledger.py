"""Invoices and payments in the database.

What being final fixes lies in one canonical JSON document; status and payments lie beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.invoice import UNFIXED, Invoice, canonical, checksum, invoice_json, read_invoice
from usagebill_tui.domain.money import round_money
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author

CLOSING = ""
"""The item that stands for the closing of a period as a whole: its minimum and maximum spend."""


class Item(msgspec.Struct, frozen=True, order=True):
    """What an invoice bills: a product, or the closing, of a subscription for the period from a day."""

    subscription: str
    product: str
    period_start: date


class Billed(msgspec.Struct, frozen=True):
    """Where an item was billed."""

    invoice: str
    status: str


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money received for an invoice; a refund is negative."""

    id: int
    invoice: str
    amount: Decimal
    currency: str
    date: date
    reference: str
    at: datetime
    who: str


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in minor units: 4200 for 42.00 USD."""
    return int(round_money(amount, currency).scaleb(minor_digits(currency)))


def from_minor(minor: int, currency: str) -> Decimal:
    """Return the amount of so many minor units, with all digits of the minor unit."""
    return round_money(Decimal(minor).scaleb(-minor_digits(currency)), currency)


def billed_items(session: Session, subscriptions: Iterable[str] | None = None) -> dict[Item, Billed]:
    """Return what has been billed, and on which invoice; of all subscriptions or of these."""
    query = select(t.InvoiceItemRow, t.InvoiceRow.status).join(t.InvoiceRow)
    if subscriptions is not None:
        query = query.where(t.InvoiceItemRow.subscription.in_(list(subscriptions)))
    return {
        Item(row.subscription, row.product, row.period_start): Billed(row.invoice, status)
        for row, status in session.execute(query)
    }


def put_draft(session: Session, invoice: Invoice, items: Sequence[Item]) -> None:
    """Keep a draft and claim its items, in place of what the draft of this id was before."""
    session.merge(_row(invoice))
    session.flush()
    session.execute(delete(t.InvoiceItemRow).where(t.InvoiceItemRow.invoice == invoice.id))
    session.add_all(
        t.InvoiceItemRow(
            invoice=invoice.id,
            product=item.product,
            subscription=item.subscription,
            period_start=item.period_start,
        )
        for item in items
    )
    session.flush()


def put_changed(session: Session, invoice: Invoice) -> None:
    """Keep an invoice's new status, and its number and dates where it becomes final."""
    session.merge(_row(invoice))
    if invoice.status == "void":
        session.execute(delete(t.InvoiceItemRow).where(t.InvoiceItemRow.invoice == invoice.id))
    session.flush()


def find_invoice(session: Session, name: str) -> Invoice | None:
    """Return the invoice with this number or id."""
    rows = _loaded(
        session, select(t.InvoiceRow).where((t.InvoiceRow.number == name) | (t.InvoiceRow.id == name))
    )
    return next(rows, None)


def invoices(
    session: Session,
    customers: Sequence[str] = (),
    statuses: Sequence[str] = (),
    ids: Sequence[str] | None = None,
) -> list[Invoice]:
    """Return invoices, of all customers and statuses or of these, by period, customer and id."""
    query = select(t.InvoiceRow).order_by(t.InvoiceRow.period_start, t.InvoiceRow.customer, t.InvoiceRow.id)
    if customers:
        query = query.where(t.InvoiceRow.customer.in_(customers))
    if statuses:
        query = query.where(t.InvoiceRow.status.in_(statuses))
    if ids is not None:
        query = query.where(t.InvoiceRow.id.in_(ids))
    return list(_loaded(session, query))


def invoices_of(session: Session, subscriptions: Iterable[str]) -> list[Invoice]:
    """Return the invoices of these subscriptions, void ones included."""
    query = select(t.InvoiceRow).where(t.InvoiceRow.subscription.in_(list(subscriptions)))
    return list(_loaded(session, query.order_by(t.InvoiceRow.id)))


def add_payment(
    session: Session, invoice: Invoice, amount: Decimal, day: date, reference: str, author: Author
) -> int:
    """Record a payment and return its id."""
    row = t.PaymentRow(
        invoice=invoice.id,
        amount_minor=to_minor(amount, invoice.currency),
        currency=invoice.currency,
        date=day,
        reference=reference,
        at=author.at,
        who=author.who,
    )
    session.add(row)
    session.flush()
    return row.id


def payments(session: Session, invoice: str | None = None) -> list[Payment]:
    """Return payments, of one invoice (by id) or all, in the order in which they were recorded."""
    query = select(t.PaymentRow).order_by(t.PaymentRow.id)
    if invoice is not None:
        query = query.where(t.PaymentRow.invoice == invoice)
    return [
        Payment(
            id=row.id,
            invoice=row.invoice,
            amount=from_minor(row.amount_minor, row.currency),
            currency=row.currency,
            date=row.date,
            reference=row.reference,
            at=row.at,
            who=row.who,
        )
        for row in session.scalars(query)
    ]


def stored_checksum(session: Session, invoice: str) -> str:
    """Return the checksum that was stored with an invoice's document."""
    return session.get_one(t.InvoiceRow, invoice).checksum


def _loaded(session: Session, query: Select[t.InvoiceRow]) -> Iterator[Invoice]:
    rows = session.scalars(query).all()
    paid: dict[str, int] = {}
    if rows:
        sums = select(t.PaymentRow.invoice, func.sum(t.PaymentRow.amount_minor)).group_by(
            t.PaymentRow.invoice
        )
        if len(rows) == 1:
            sums = sums.where(t.PaymentRow.invoice == rows[0].id)
        paid = {invoice: int(total) for invoice, total in session.execute(sums)}
    for row in rows:
        document: dict[str, Any] = msgspec.json.decode(row.document)
        money = {
            "credits": from_minor(0, row.currency),
            "paid": from_minor(paid.get(row.id, 0), row.currency),
        }
        yield read_invoice({**document, "status": row.status, **money})


def _row(invoice: Invoice) -> t.InvoiceRow:
    table = invoice_json(invoice)
    return t.InvoiceRow(
        id=invoice.id,
        number=invoice.number,
        status=invoice.status,
        customer=invoice.customer,
        subscription=invoice.subscription,
        currency=invoice.currency,
        period_start=invoice.period.start,
        period_end=invoice.period.end,
        total_minor=to_minor(invoice.total, invoice.currency),
        document=canonical({key: value for key, value in table.items() if key not in UNFIXED}).decode(),
        checksum=checksum(table),
        snapshot=invoice.snapshot,
    )
