"""Accepted adjustments in the database: pending, on an invoice, or a credit note."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy import ColumnElement, delete, select, true, update
from sqlalchemy.orm import Session

from usagebill_tui.domain.adjustment import SettledLine
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author
from usagebill_tui.store.ledger import from_minor, to_minor
from usagebill_tui.store.rows import chunks


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted adjustment of an invoice (by id and number): what it settles, and where it went.

    `billed_on` is the id of the invoice that carries it, `credit_note` the number of the credit note that it
    became; with neither it is pending until the customer's next invoice is made.
    """

    id: int = 0
    invoice: str
    number: str
    customer: str
    subscription: str
    currency: str
    total: Decimal
    lines: tuple[SettledLine, ...]
    snapshot: int
    billed_on: str | None = None
    credit_note: str | None = None
    at: datetime
    who: str

    @property
    def tax(self) -> Decimal:
        """Return the tax in the total."""
        with exact_arithmetic():
            return sum((line.tax for line in self.lines), Decimal(0))


def add_adjustment(session: Session, one: Accepted, author: Author) -> int:
    """Keep an accepted adjustment, and return its id."""
    row = t.AdjustmentRow(
        invoice=one.invoice,
        customer=one.customer,
        currency=one.currency,
        total_minor=to_minor(one.total, one.currency),
        lines=msgspec.json.encode(one.lines, order="deterministic").decode(),
        snapshot=one.snapshot,
        billed_on=one.billed_on,
        credit_note=one.credit_note,
        at=author.at,
        who=author.who,
    )
    session.add(row)
    session.flush()
    return row.id


def adjustments(session: Session, customers: Sequence[str] = ()) -> list[Accepted]:
    """Return accepted adjustments, of all customers or of these, in the order of acceptance."""
    return _found(session, t.AdjustmentRow.customer.in_(customers) if customers else true())


def adjustments_of(session: Session, invoices: Iterable[str]) -> dict[str, list[Accepted]]:
    """Return the accepted adjustments of invoices, by the invoices' ids."""
    found: dict[str, list[Accepted]] = {}
    for chunk in chunks(sorted(set(invoices))):
        for one in _found(session, t.AdjustmentRow.invoice.in_(chunk)):
            found.setdefault(one.invoice, []).append(one)
    return found


def pending_adjustments(session: Session) -> list[Accepted]:
    """Return what no invoice and no credit note carries yet, and what is on drafts only."""
    row = t.AdjustmentRow
    drafts = select(t.InvoiceRow.id).where(t.InvoiceRow.status == "draft")
    return _found(session, row.credit_note.is_(None), row.billed_on.is_(None) | row.billed_on.in_(drafts))


def carry(session: Session, carried: Mapping[str, Sequence[int]]) -> None:
    """Record which adjustments invoices, by id, carry: these and no others."""
    for chunk in chunks(sorted(carried)):
        free = update(t.AdjustmentRow).where(t.AdjustmentRow.billed_on.in_(chunk))
        session.execute(free.values(billed_on=None))
    rows = [{"id": one, "billed_on": invoice} for invoice, ids in carried.items() for one in ids]
    if rows:
        session.execute(update(t.AdjustmentRow), rows)


def withdraw(session: Session, ids: Sequence[int]) -> None:
    """Forget adjustments that nothing carries."""
    session.execute(delete(t.AdjustmentRow).where(t.AdjustmentRow.id.in_(ids)))


def _found(session: Session, *conditions: ColumnElement[bool]) -> list[Accepted]:
    row, invoice = t.AdjustmentRow, t.InvoiceRow
    query = select(row, invoice.number, invoice.subscription).join(invoice, row.invoice == invoice.id)
    return [
        Accepted(
            id=one.id,
            invoice=one.invoice,
            number=number or one.invoice,
            customer=one.customer,
            subscription=subscription,
            currency=one.currency,
            total=from_minor(one.total_minor, one.currency),
            lines=msgspec.json.decode(one.lines, type=tuple[SettledLine, ...]),
            snapshot=one.snapshot,
            billed_on=one.billed_on,
            credit_note=one.credit_note,
            at=one.at,
            who=one.who,
        )
        for one, number, subscription in session.execute(query.where(*conditions).order_by(row.id))
    ]
