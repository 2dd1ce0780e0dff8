"""Applying: balances and prepaid credits are set against invoices, and given back when those become void."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.prepaid.allocating import Use, allocate
from usagebill_tui.billing.prepaid.units import use_units
from usagebill_tui.domain.bookkeeping import Leg, earned_legs, reversal, used_legs
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.prepaid import Credit
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import Refused
from usagebill_tui.store.audit import Author, record
from usagebill_tui.store.balances import Owed, owed_back
from usagebill_tui.store.billed import customer_of
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.credits import Move, add_moves, author_of, credited, credits_of, moves_of
from usagebill_tui.store.database import Session
from usagebill_tui.store.entries import Movement, enter
from usagebill_tui.store.ledger import invoices
from usagebill_tui.store.postings import post_status


def apply_credits(session: Session, finals: Sequence[Invoice], author: Author) -> list[Invoice]:
    """Set what customers are owed back, then their credits, against invoices; return these as they stand.

    They are final and written, or about to be in this session; their days of issue decide what is usable.
    """
    use_units(session, finals, author)
    owing = [one for one in finals if one.amount_due > 0]
    customers = sorted({one.customer for one in owing})
    balances, known = owed_back(session, customers), credits_of(session, customers)
    if not balances and not known:
        return list(finals)
    standing, uses = allocate(
        owing, balances, known, lambda one: one.issued or local_day(author.at, zone("UTC"))
    )
    _write(session, uses, author)
    changed = {one.id: _with_status(one) for one in standing}
    for one in changed.values():
        if one.status == "paid":
            post_status(session, one)
    return [changed.get(one.id, one) for one in finals]


def having_credits(session: Session, customers: Sequence[str]) -> set[str]:
    """Return which of some customers are owed something back, or were ever given a credit."""
    owed = {one.customer for one in owed_back(session, customers)}
    return owed | credited(session).intersection(customers)


def apply_now(house: House, customers: Sequence[str] = ()) -> list[Invoice]:
    """Set balances and credits against open invoices, of all customers or these; return what changed."""
    with house.database.writing() as session:
        author = house.author()
        known = load_catalogue(session).customers
        found = invoices(session, customers, ["final"])
        found.sort(key=lambda one: (one.issued or date.min, one.number or ""))
        today = {one.id: local_day(author.at, zone(known[one.customer].timezone)) for one in found}
        owners = sorted({one.customer for one in found})
        standing, uses = allocate(
            found, owed_back(session, owners), credits_of(session, owners), lambda one: today[one.id]
        )
        _write(session, uses, author, today)
        touched = {use.invoice.id for use in uses}
        changed = [_with_status(one) for one in standing if one.id in touched]
        for one in changed:
            post_status(session, one)
        return changed


def is_moved(invoice: Invoice) -> bool:
    """Tell whether something that an invoice owed back was set against another."""
    return any(one.kind == "moved" for one in invoice.applied)


def check_not_moved(invoice: Invoice) -> None:
    """Raise Refused where what an invoice owed back was set against another."""
    for one in invoice.applied:
        if one.kind == "moved":
            what = f"{-one.amount} {invoice.currency} of invoice {invoice.number}"
            raise Refused(
                f"{what} was set against {one.reference}",
                mend=f"void {one.reference} first, or credit this one",
            )


def expected(house: House, drafts: Sequence[Invoice]) -> list[Invoice]:
    """Return drafts with what would be set against each if all were made final now, in their order."""
    wanted = [one for one in drafts if one.status == "draft"]
    if not wanted:
        return list(drafts)
    customers = sorted({one.customer for one in wanted})
    with house.database.reading() as session:
        balances = _with_those_of(wanted, owed_back(session, customers))
        known = credits_of(session, customers)
        if not balances and not known:
            return list(drafts)
        having = {one.customer for one in balances} | {one.customer for one in known}
        zones = {one: customer_of(session, one).timezone for one in having}
    now = house.clock()
    standing, _ = allocate(
        (one for one in wanted if one.customer in having),
        balances,
        known,
        lambda one: local_day(now, zone(zones[one.customer])),
    )
    changed = {one.id: one for one in standing}
    return [changed.get(one.id, one) for one in drafts]


def _with_those_of(drafts: Sequence[Invoice], balances: Sequence[Owed]) -> list[Owed]:
    """Return balances with what the drafts will owe back, in the order in which they are used."""
    own = [
        Owed(
            invoice=one.id,
            start=one.period.start,
            number=one.number or one.id,
            customer=one.customer,
            currency=one.currency,
            amount=-one.amount_due,
        )
        for one in drafts
        if one.amount_due < 0
    ]
    return sorted([*balances, *own], key=lambda one: (one.customer, one.start, one.invoice))


def give_back(session: Session, invoice: Invoice, day: date, author: Author) -> Invoice:
    """Give back what was set against an invoice that becomes void, units too, and return it without that."""
    standing = invoice
    moves: list[Move] = []
    movements: list[Movement] = []
    for move in _net(moves_of(session, invoices=[invoice.id])):
        with exact_arithmetic():
            back = msgspec.structs.replace(
                move,
                id=0,
                kind="return",
                amount=-move.amount,
                units=None if move.units is None else -move.units,
                day=day,
                **author_of(author),
            )
        legs, standing = _back_legs(session, standing, back)
        moves.append(back)
        movements.append(
            Movement(
                kind="balance_return" if back.credit is None else "credit_return",
                reference=_reference(session, back),
                day=day,
                invoice=invoice,
                legs=legs,
            )
        )
    add_moves(session, moves)
    enter(session, movements, author)
    return standing


def _net(moves: Sequence[Move]) -> list[Move]:
    """Return what stands of the uses for an invoice, one for each credit or source."""
    found: dict[tuple[int | None, str | None], Move] = {}
    with exact_arithmetic():
        for move in moves:
            key = move.credit, move.source
            before = found.get(key)
            if before is None:
                found[key] = move
                continue
            units = None if move.units is None else (before.units or 0) + move.units
            found[key] = msgspec.structs.replace(before, amount=before.amount + move.amount, units=units)
    return [one for one in found.values() if one.amount or one.units]


def _back_legs(session: Session, standing: Invoice, back: Move) -> tuple[list[Leg], Invoice]:
    if back.units is not None:
        (credit,) = credits_of(session, ids=[back.credit or 0])
        return reversal(earned_legs(-back.amount, credit.product or "")), standing
    legs = used_legs(standing, back.amount, "customer_balance" if back.credit is None else "prepaid_credits")
    with exact_arithmetic():
        return legs, msgspec.structs.replace(standing, credits=standing.credits + back.amount)


def _reference(session: Session, move: Move) -> str:
    if move.credit is not None:
        (credit,) = credits_of(session, ids=[move.credit])
        return credit.label
    (source,) = invoices(session, ids=[move.source or ""])
    return source.number or source.id


def _write(
    session: Session, uses: Sequence[Use], author: Author, days: dict[str, date] | None = None
) -> None:
    """Keep what was set against invoices, and enter it, on each invoice's day of issue or the days given."""
    moves: list[Move] = []
    movements: list[Movement] = []
    for use in uses:
        invoice = use.invoice
        day = (days or {}).get(invoice.id) or invoice.issued or author.at.date()
        owed = isinstance(use.of, Owed)
        moves.append(
            Move(
                kind="use",
                credit=use.of.id if isinstance(use.of, Credit) else None,
                source=use.of.invoice if isinstance(use.of, Owed) else None,
                invoice=invoice.id,
                currency=invoice.currency,
                amount=use.amount,
                day=day,
                **author_of(author),
            )
        )
        movements.append(
            Movement(
                kind="balance" if owed else "credit_use",
                reference=use.of.number if isinstance(use.of, Owed) else use.of.label,
                day=day,
                invoice=invoice,
                legs=used_legs(invoice, use.amount, "customer_balance" if owed else "prepaid_credits"),
            )
        )
        told = {"from": movements[-1].reference, "amount": str(use.amount)}
        record(session, author, "apply", "invoice", invoice.id, after=told)
    add_moves(session, moves)
    enter(session, movements, author)


def _with_status(invoice: Invoice) -> Invoice:
    return msgspec.structs.replace(invoice, status="paid" if invoice.amount_due <= Decimal(0) else "final")
