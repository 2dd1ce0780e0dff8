"""Writing invoices and payments: many at once, and never over what is final."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from usagebill_tui.domain.bookkeeping import Leg, final_legs, payment_legs
from usagebill_tui.domain.invoice import Invoice, canonical, digest, fixed_part
from usagebill_tui.domain.summary import Summary, summary_of
from usagebill_tui.errors import Refused
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author
from usagebill_tui.store.entries import Movement, enter, reverse
from usagebill_tui.store.ledger import Item, to_minor
from usagebill_tui.store.rows import add_rows, chunks


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice to write: its canonical document, what it bills, and what it posts once it is final.

    It `renews` the draft of its id, which is there already, or is new.
    """

    invoice: Summary
    document: bytes
    items: Sequence[Item]
    legs: Sequence[Leg]
    renews: bool


def posting_of(invoice: Invoice, items: Sequence[Item], *, renews: bool) -> Posting:
    """Return the posting of an invoice with all its lines."""
    kept = invoice.document
    return Posting(
        invoice=summary_of(invoice),
        document=canonical(fixed_part(invoice)) if kept is None else kept.encode(),
        items=items,
        legs=final_legs(invoice),
        renews=renews,
    )


def post(session: Session, postings: Sequence[Posting], author: Author) -> None:
    """Write new invoices and renew drafts, with the items that they bill; enter those that are final.

    Raises Refused where an invoice that is to be renewed is no draft any more.
    """
    renewed = [posting for posting in postings if posting.renews]
    identities = [posting.invoice.id for posting in renewed]
    _check_drafts(session, identities)
    for chunk in chunks(identities):
        session.execute(delete(t.InvoiceItemRow).where(t.InvoiceItemRow.invoice.in_(chunk)))
    new = [_values(posting) for posting in postings if not posting.renews]
    if new:
        add_rows(session, t.InvoiceRow, new)
    if renewed:
        session.execute(update(t.InvoiceRow), [_values(posting) for posting in renewed])
    items = [_item(posting.invoice.id, item) for posting in postings for item in posting.items]
    if items:
        add_rows(session, t.InvoiceItemRow, items)
    enter(session, [_final(one) for one in postings if one.invoice.status in {"final", "paid"}], author)


def post_final(session: Session, invoices: Sequence[Invoice], author: Author) -> None:
    """Write drafts' final forms, with numbers and dates; Refused where one is no draft any more."""
    _check_drafts(session, [invoice.id for invoice in invoices])
    postings = [posting_of(invoice, (), renews=True) for invoice in invoices]
    if postings:
        session.execute(update(t.InvoiceRow), [_values(posting) for posting in postings])
    enter(session, [_final(posting) for posting in postings], author)


def post_status(session: Session, invoice: Invoice) -> None:
    """Write an invoice's status and nothing else."""
    session.execute(update(t.InvoiceRow), [{"id": invoice.id, "status": invoice.status}])


def post_void(session: Session, invoice: Invoice, day: date, author: Author) -> None:
    """Write that an invoice is void: it lets go of what it billed, and its entry is reversed."""
    post_status(session, invoice)
    session.execute(delete(t.InvoiceItemRow).where(t.InvoiceItemRow.invoice == invoice.id))
    reverse(session, invoice, day, author)


def post_payment(
    session: Session, invoice: Invoice, amount: Decimal, day: date, reference: str, author: Author
) -> None:
    """Write a payment of an invoice, as it stands before."""
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
    movement = Movement(
        kind="payment" if amount > 0 else "refund",
        reference=f"payment {row.id}",
        day=day,
        invoice=invoice,
        legs=payment_legs(invoice, amount),
    )
    enter(session, [movement], author)


def _final(posting: Posting) -> Movement:
    invoice = posting.invoice
    return Movement(
        kind="invoice",
        reference=invoice.number or invoice.id,
        day=invoice.issued or invoice.period.end.date(),
        invoice=invoice,
        legs=posting.legs,
    )


def _check_drafts(session: Session, identities: Sequence[str]) -> None:
    for chunk in chunks(identities):
        drafts = select(func.count()).where(t.InvoiceRow.id.in_(chunk), t.InvoiceRow.status == "draft")
        if session.scalar(drafts) != len(chunk):
            raise Refused("a final invoice never changes", mend="void it and bill its period again")


def _values(posting: Posting) -> dict[str, Any]:
    invoice = posting.invoice
    return {
        "id": invoice.id,
        "number": invoice.number,
        "status": invoice.status,
        "customer": invoice.customer,
        "subscription": invoice.subscription,
        "currency": invoice.currency,
        "period_start": invoice.period.start,
        "period_end": invoice.period.end,
        "due": invoice.due,
        "total_minor": to_minor(invoice.total, invoice.currency),
        "document": posting.document.decode(),
        "checksum": digest(posting.document),
        "snapshot": invoice.snapshot,
    }


def _item(invoice: str, item: Item) -> Mapping[str, Any]:
    return {
        "invoice": invoice,
        "product": item.product,
        "subscription": item.subscription,
        "period_start": item.period_start,
    }
