"""Credit notes in the database."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from usagebill_tui.domain.bookkeeping import credit_legs
from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.invoice import Invoice, canonical, digest, written
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author
from usagebill_tui.store.entries import Movement, enter
from usagebill_tui.store.ledger import to_minor


def add_credit_note(session: Session, invoice: Invoice, note: CreditNote, author: Author) -> None:
    """Keep a credit note on an invoice, as it stands before."""
    document = canonical(written(note))
    session.add(
        t.CreditNoteRow(
            number=note.number,
            invoice=invoice.id,
            customer=note.customer,
            currency=note.currency,
            total_minor=to_minor(note.total, note.currency),
            document=document.decode(),
            checksum=digest(document),
            at=author.at,
            who=author.who,
        )
    )
    session.flush()
    movement = Movement(
        kind="credit_note",
        reference=note.number,
        day=note.issued,
        invoice=invoice,
        legs=credit_legs(invoice, note),
    )
    enter(session, [movement], author)


def credit_notes(
    session: Session, customers: Sequence[str] = (), invoice: str | None = None
) -> list[CreditNote]:
    """Return credit notes by number, of all customers or these, of all invoices or the one with this id."""
    query = select(t.CreditNoteRow.document).order_by(t.CreditNoteRow.at, t.CreditNoteRow.number)
    if customers:
        query = query.where(t.CreditNoteRow.customer.in_(customers))
    if invoice is not None:
        query = query.where(t.CreditNoteRow.invoice == invoice)
    found = [msgspec.json.decode(document, type=CreditNote) for document in session.scalars(query)]
    return sorted(found, key=lambda note: int(note.number.rpartition("-")[2]))


def altered_credit_notes(session: Session) -> list[str]:
    """Return the numbers of credit notes that are not what their checksum, or their amount, says."""
    row = t.CreditNoteRow
    found = session.execute(select(row.number, row.document, row.checksum, row.total_minor))
    return [
        number
        for number, document, told, minor in found
        if digest(document.encode()) != told or _minor(document) != minor
    ]


def _minor(document: str) -> int:
    note = msgspec.json.decode(document, type=CreditNote)
    return to_minor(note.total, note.currency)
