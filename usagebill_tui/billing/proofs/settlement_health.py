"""Whether credit notes and accepted adjustments are what they were and agree with the invoices."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.adjustments import Accepted, adjustments
from usagebill_tui.store.credit_notes import altered_credit_notes, credit_notes
from usagebill_tui.store.database import Session

_ZERO = Decimal(0)


def settlement_faults(session: Session, every: Sequence[Invoice]) -> Iterator[tuple[str, str]]:
    """Yield (what, its fault) for each credit note and adjustment that does not hold."""
    notes = credit_notes(session)
    accepted = adjustments(session)
    for number in altered_credit_notes(session):
        yield f"credit note {number}", "its document is not the one that its checksum was made of"
    yield from _notes(notes)
    yield from _credits(notes, every)
    yield from _carried(accepted, every)
    known = {note.number: note.total for note in notes}
    for one in accepted:
        if one.credit_note is not None and known.get(one.credit_note) != one.total:
            yield f"adjustment {one.id}", f"credit note {one.credit_note} is not what it comes to"


def _notes(notes: Sequence[CreditNote]) -> Iterator[tuple[str, str]]:
    numbers = [int(note.number.rpartition("-")[2]) for note in notes]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        yield "series CN", "its numbers have a gap"
    for note in notes:
        with exact_arithmetic():
            net = sum((line.amount for line in note.lines), _ZERO)
            tax = sum((line.tax for line in note.lines), _ZERO)
            adds_up = (net, tax, net + tax) == (note.subtotal, note.tax, note.total)
        if not adds_up:
            yield f"credit note {note.number}", "it does not add up"


def _credits(notes: Iterable[CreditNote], every: Iterable[Invoice]) -> Iterator[tuple[str, str]]:
    credited: dict[str, Decimal] = {}
    with exact_arithmetic():
        for note in notes:
            credited[note.invoice] = credited.get(note.invoice, _ZERO) - note.total
        for invoice in every:
            told = credited.get(invoice.number or "", _ZERO)
            if invoice.credited != told or told > max(invoice.total, _ZERO):
                yield f"invoice {invoice.number}", "its credits are not those of its credit notes"


def _carried(accepted: Iterable[Accepted], every: Iterable[Invoice]) -> Iterator[tuple[str, str]]:
    """Compare what each invoice settles with what was accepted to be on it: nothing twice, nothing lost."""
    due: dict[tuple[str, str], Decimal] = {}
    with exact_arithmetic():
        for one in accepted:
            if one.billed_on is not None:
                key = one.billed_on, one.number
                due[key] = due.get(key, _ZERO) + one.total
        for invoice in every:
            for line in invoice.adjustments if invoice.status != "void" else ():
                if line.settles is not None:
                    key = invoice.id, line.settles.invoice
                    due[key] = due.get(key, _ZERO) - line.amount - line.settles.tax
    for (invoice_id, number), left in due.items():
        if left:
            yield f"invoice {invoice_id}", f"what it settles of {number} is not what was accepted"
