"""Prepaid credits and what became of them in the database; every movement is entered in the ledger."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.prepaid import Credit
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author
from usagebill_tui.store.ledger import from_minor, to_minor
from usagebill_tui.store.rows import chunks

MoveKind = Literal["use", "return", "expire", "void"]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken off a credit (by id), or off what an invoice (`source`) owes back; negative: given back.

    `invoice` is the id of the one that it was used for. Of units, `amount` is what they were worth.
    """

    id: int = 0
    kind: MoveKind
    credit: int | None = None
    source: str | None = None
    invoice: str | None = None
    currency: str
    amount: Decimal
    units: Decimal | None = None
    day: date
    at: datetime
    who: str


def add_credit(session: Session, one: Credit) -> Credit:
    """Keep a new credit, and return it with its id."""
    row = t.CreditRow(
        customer=one.customer,
        currency=one.currency,
        name=one.name,
        amount_minor=to_minor(one.amount, one.currency),
        product=one.product,
        units=None if one.units is None else plain(one.units),
        paid_minor=to_minor(one.paid, one.currency),
        priority=one.priority,
        expires=one.expires,
        day=one.day,
        at=one.at,
        who=one.who,
    )
    session.add(row)
    session.flush()
    return msgspec.structs.replace(one, id=row.id)


def add_moves(session: Session, moves: Sequence[Move]) -> None:
    """Keep what was taken or given back."""
    if moves:
        session.execute(insert(t.CreditMoveRow), [_values(one) for one in moves])


def credits_of(
    session: Session, customers: Sequence[str] | None = None, ids: Sequence[int] | None = None
) -> list[Credit]:
    """Return credits as they stand, of all customers or these, by customer and the order of their use."""
    row = t.CreditRow
    if customers is None:
        found = _found(session, [] if ids is None else [row.id.in_(ids)])
    else:
        found = [
            one
            for chunk in chunks(sorted(set(customers)))
            for one in _found(session, [row.customer.in_(chunk)])
        ]
    return sorted(found, key=lambda one: (one.customer, one.order))


def credited(session: Session) -> set[str]:
    """Return the customers that were ever given a credit."""
    return set(session.scalars(select(t.CreditRow.customer).distinct()))


def moves_of(
    session: Session, *, invoices: Sequence[str] | None = None, customers: Sequence[str] = ()
) -> list[Move]:
    """Return movements by id: all, of invoices that something was used for, or of customers' credits."""
    row = t.CreditMoveRow
    query = select(row).order_by(row.id)
    if customers:
        theirs = select(t.CreditRow.id).where(t.CreditRow.customer.in_(customers))
        own = select(t.InvoiceRow.id).where(t.InvoiceRow.customer.in_(customers))
        query = query.where(row.credit.in_(theirs) | row.source.in_(own))
    if invoices is None:
        return [_move(one) for one in session.scalars(query)]
    return [
        _move(one)
        for chunk in chunks(list(invoices))
        for one in session.scalars(query.where(row.invoice.in_(chunk)))
    ]


def author_of(author: Author) -> dict[str, Any]:
    """Return who moves something, and when, as a movement keeps it."""
    return {"at": author.at, "who": author.who}


def _found(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[Credit]:
    row, move = t.CreditRow, t.CreditMoveRow
    known = list(session.scalars(select(row).where(*conditions)))
    if not known:
        return []
    moved: dict[int, list[t.CreditMoveRow]] = {}
    query = select(move).where(move.credit.in_(select(row.id).where(*conditions)))
    for one in session.scalars(query):
        moved.setdefault(one.credit or 0, []).append(one)
    return [_credit(one, moved.get(one.id, ())) for one in known]


def _credit(row: t.CreditRow, moves: Iterable[t.CreditMoveRow]) -> Credit:
    found = list(moves)
    with exact_arithmetic():
        units = None if row.units is None else Decimal(row.units)
        gone = sum((Decimal(one.units or 0) for one in found), Decimal(0))
        return Credit(
            id=row.id,
            customer=row.customer,
            currency=row.currency,
            name=row.name,
            amount=from_minor(row.amount_minor, row.currency),
            left=from_minor(row.amount_minor - sum(one.amount_minor for one in found), row.currency),
            product=row.product,
            units=units,
            units_left=None if units is None else units - gone,
            paid=from_minor(row.paid_minor, row.currency),
            priority=row.priority,
            expires=row.expires,
            day=row.day,
            is_void=any(one.kind == "void" for one in found),
            at=row.at,
            who=row.who,
        )


def _move(row: t.CreditMoveRow) -> Move:
    return Move(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type] # a text column that holds nothing else
        credit=row.credit,
        source=row.source,
        invoice=row.invoice,
        currency=row.currency,
        amount=from_minor(row.amount_minor, row.currency),
        units=None if row.units is None else Decimal(row.units),
        day=row.day,
        at=row.at,
        who=row.who,
    )


def _values(one: Move) -> dict[str, Any]:
    return {
        "credit": one.credit,
        "source": one.source,
        "invoice": one.invoice,
        "kind": one.kind,
        "currency": one.currency,
        "amount_minor": to_minor(one.amount, one.currency),
        "units": None if one.units is None else plain(one.units),
        "day": one.day,
        "at": one.at,
        "who": one.who,
    }
