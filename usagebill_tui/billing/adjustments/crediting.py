"""Credit notes: money taken off final invoices, whole or by line, numbered without gaps."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.words import lines_there
from usagebill_tui.domain.credit_note import (
    CreditLine,
    CreditNote,
    left_to_credit,
    of_line,
    of_whole,
    taxes_of,
)
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.store.audit import record
from usagebill_tui.store.billed import customer_of
from usagebill_tui.store.counters import next_number
from usagebill_tui.store.credit_notes import add_credit_note, credit_notes
from usagebill_tui.store.database import Session
from usagebill_tui.store.ledger import find_invoice
from usagebill_tui.store.postings import post_status

SERIES = "CN"
_ZERO = Decimal(0)


def credit(
    house: House, name: str, *, line: int | None = None, amount: Decimal | None = None, reason: str = ""
) -> CreditNote:
    """Credit an invoice, or one line of it: `amount`, tax included, or all that is left.

    Refused for a draft or void invoice, and for more than the total less earlier credit notes; raises
    NotFound for an unknown invoice or line.
    """
    with house.database.writing() as session:
        invoice = find_invoice(session, name)
        if invoice is None:
            raise NotFound(f"there is no invoice {name!r}", mend="`usagebill invoices` lists them")
        earlier = credit_notes(session, invoice=invoice.id)
        lines = _lines(invoice, earlier, line, amount)
        return post_credit(house, session, invoice, lines, reason)


def preview_credit(
    house: House, name: str, *, line: int | None = None, amount: Decimal | None = None, reason: str = ""
) -> CreditNote:
    """Return the credit note that `credit` would make, without a number; raises what it raises."""
    with house.database.reading() as session:
        invoice = find_invoice(session, name)
        if invoice is None:
            raise NotFound(f"there is no invoice {name!r}", mend="`usagebill invoices` lists them")
        lines = _lines(invoice, credit_notes(session, invoice=invoice.id), line, amount)
        customer = customer_of(session, invoice.customer)
    return _note(invoice, lines, reason, local_day(house.clock(), zone(customer.timezone)))


def post_credit(
    house: House, session: Session, invoice: Invoice, lines: Sequence[CreditLine], reason: str
) -> CreditNote:
    """Give these lines the next number, and keep them as a credit note, in a session that writes."""
    author = house.author()
    customer = customer_of(session, invoice.customer)
    unnumbered = _note(invoice, lines, reason, local_day(author.at, zone(customer.timezone)))
    number = f"{SERIES}-{next_number(session, f'credit note {SERIES}'):04}"
    note = msgspec.structs.replace(unnumbered, number=number)
    add_credit_note(session, invoice, note, author)
    credited = msgspec.structs.replace(invoice, credits=invoice.credits - note.total)
    status = "paid" if credited.amount_due <= 0 else "final"
    post_status(session, msgspec.structs.replace(credited, status=status))
    record(
        session,
        author,
        "credit",
        "invoice",
        invoice.id,
        after={"note": note.number, "total": str(note.total)},
    )
    return note


def _note(invoice: Invoice, lines: Sequence[CreditLine], reason: str, issued: date) -> CreditNote:
    """Return a credit note of these lines that has no number yet; Refused where that is more than is left."""
    check_creditable(invoice)
    with exact_arithmetic():
        net = sum((line.amount for line in lines), invoice.total - invoice.total)
        tax = sum((line.tax for line in lines), invoice.tax - invoice.tax)
        total = net + tax
        standing = invoice.total - invoice.credited
    if -total > standing:
        raise Refused(
            f"{-total} is more than the {standing} {invoice.currency} left of invoice {invoice.number}",
            mend=f"credit at most {standing}",
        )
    return CreditNote(
        number="",
        invoice=invoice.number or invoice.id,
        customer=invoice.customer,
        currency=invoice.currency,
        issued=issued,
        reason=reason,
        lines=tuple(lines),
        subtotal=net,
        tax=tax,
        taxes=taxes_of(lines),
        total=total,
    )


def check_creditable(invoice: Invoice) -> None:
    """Raise Refused for an invoice that nothing can be taken off."""
    if invoice.status not in {"final", "paid"}:
        mend = "bill its period again" if invoice.status == "draft" else "there is nothing to credit"
        raise Refused(f"invoice {invoice.number or invoice.id} is {invoice.status}", mend=mend)


def listed(house: House, customers: Sequence[str] = (), invoice: str | None = None) -> list[CreditNote]:
    """Return credit notes by number, of all customers or these, of all invoices or one; raises NotFound."""
    with house.database.reading() as session:
        if invoice is None:
            return credit_notes(session, customers)
        found = find_invoice(session, invoice)
        if found is None:
            raise NotFound(f"there is no invoice {invoice!r}", mend="`usagebill invoices` lists them")
        return credit_notes(session, customers, found.id)


def shown(house: House, number: str) -> CreditNote:
    """Return the credit note with this number; raises NotFound."""
    with house.database.reading() as session:
        found = {note.number: note for note in credit_notes(session)}
    if number not in found:
        raise NotFound(f"there is no credit note {number!r}", mend="`usagebill credit-notes` lists them")
    return found[number]


def _lines(
    invoice: Invoice, earlier: Sequence[CreditNote], line: int | None, amount: Decimal | None
) -> list[CreditLine]:
    check_creditable(invoice)
    label = invoice.number or invoice.id
    if line is None:
        standing = invoice.total - invoice.credited
        wanted = standing if amount is None else amount
        _check_amount(wanted, standing, f"invoice {label}", invoice.currency)
        return of_whole(invoice, earlier, wanted)
    if not 1 <= line <= len(invoice.lines):
        raise NotFound(f"invoice {label} has no line {line}", mend=lines_there(len(invoice.lines)))
    left = left_to_credit(invoice, earlier)[line - 1]
    wanted = left.gross if amount is None else amount
    _check_amount(wanted, left.gross, f"line {line} of invoice {label}", invoice.currency)
    return of_line(invoice, line, left, wanted)


def _check_amount(wanted: Decimal, left: Decimal, what: str, currency: str) -> None:
    if left <= 0:
        raise Refused(f"nothing is left to credit of {what}", mend="`usagebill credit-notes` shows what was")
    if wanted <= 0:
        raise Refused(f"a credit of {wanted}", mend="give a positive amount")
    if wanted > left:
        raise Refused(
            f"{wanted} is more than the {left} {currency} left of {what}", mend=f"credit at most {left}"
        )
