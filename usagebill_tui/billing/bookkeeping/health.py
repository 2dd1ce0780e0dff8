"""Whether the ledger holds: every entry sums to zero, every document is entered, nothing else is."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from usagebill_tui.billing.bookkeeping.credit_health import Prepaid
from usagebill_tui.domain.bookkeeping import Leg, added_up, due_legs, final_legs
from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.credit_notes import credit_notes
from usagebill_tui.store.database import Session
from usagebill_tui.store.entries import Entry, entered, entries
from usagebill_tui.store.ledger import Payment, payments

_DUE = {"receivables", "customer_balance"}


def ledger_faults(session: Session, every: Sequence[Invoice]) -> Iterator[tuple[str, str]]:
    """Yield (what, its fault) for each entry, invoice and document of which the ledger does not hold."""
    known = list(entries(session))
    notes = credit_notes(session)
    received = payments(session)
    prepaid = Prepaid(session, every)
    if sorted(entry.id for entry in known) != list(range(1, entered(session) + 1)):
        yield "ledger", "its entries have a gap"
    yield from _unbalanced(known)
    yield from _sums(known, every, notes, received, prepaid)
    yield from _documents(known, every, notes, received, prepaid)
    yield from prepaid.faults(known)


def _unbalanced(known: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    for entry in known:
        with exact_arithmetic():
            left = sum(leg.amount for leg in entry.legs)
        if left:
            yield f"ledger entry {entry.id}", f"it does not sum to zero: {left} {entry.currency} is left"


def _sums(
    known: Iterable[Entry],
    every: Iterable[Invoice],
    notes: Iterable[CreditNote],
    received: Iterable[Payment],
    prepaid: Prepaid,
) -> Iterator[tuple[str, str]]:
    """Compare what was posted of each invoice with what its documents and payments come to."""
    posted: dict[str, list[Leg]] = {}
    for entry in known:
        if entry.invoice is not None:
            posted.setdefault(entry.invoice, []).extend(entry.legs)
    credited: dict[str, list[Leg]] = {}
    for note in notes:
        legs = [Leg("revenue", -line.amount, line.product) for line in note.lines]
        credited.setdefault(note.invoice, []).extend([*legs, Leg("tax_payable", -note.tax)])
    cash: dict[str, list[Leg]] = {}
    for payment in received:
        cash.setdefault(payment.invoice, []).append(Leg("cash", payment.amount))
    for invoice in every:
        told = [*credited.get(invoice.number or "", ()), *cash.get(invoice.id, ()), *prepaid.of(invoice)]
        if added_up(posted.get(invoice.id, ())) != added_up(_expected(invoice, told)):
            yield f"invoice {invoice.number or invoice.id}", "the ledger does not say what it comes to"


def _expected(invoice: Invoice, told: Sequence[Leg]) -> list[Leg]:
    if invoice.status in {"draft", "void"}:
        return list(told)
    final = [leg for leg in final_legs(invoice) if leg.account not in _DUE]
    return [*final, *due_legs(invoice.amount_due), *told]


def _documents(
    known: Iterable[Entry],
    every: Iterable[Invoice],
    notes: Iterable[CreditNote],
    received: Iterable[Payment],
    prepaid: Prepaid,
) -> Iterator[tuple[str, str]]:
    """Compare the entries with the documents: each is entered once, on its day."""
    found = Counter((entry.reference, entry.day) for entry in known if entry.kind != "void")
    moving = [one for one in every if one.number is not None and final_legs(one)]
    due = Counter((note.number, note.issued) for note in notes)
    due += Counter((f"payment {one.id}", one.date) for one in received)
    due += Counter((one.number or "", one.issued or one.period.end.date()) for one in moving)
    due += prepaid.documents()
    for reference, day in sorted({*(found - due), *(due - found)}):
        yield f"ledger entry of {reference}", f"on {day} it is missing, or entered without its document"
    voids = Counter(entry.reference for entry in known if entry.kind == "void")
    if voids != Counter(one.number for one in moving if one.status == "void"):
        yield "ledger", "its reversals are not those of the void invoices"
