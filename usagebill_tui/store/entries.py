"""The ledger's entries in the database: they are added, each summing to zero, and never changed."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.bookkeeping import Account, Kind, Leg, reversal
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.summary import Summary
from usagebill_tui.errors import UsagebillError
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author
from usagebill_tui.store.counters import next_numbers
from usagebill_tui.store.ledger import from_minor, to_minor
from usagebill_tui.store.rows import add_rows

COUNTER = "ledger entries"


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """Something to enter: what it was (`reference` names its document), of which invoice, on which day.

    What is about no invoice says whose it is, and in which currency.
    """

    kind: Kind
    reference: str
    day: date
    invoice: Invoice | Summary | None = None
    customer: str = ""
    currency: str = ""
    legs: Sequence[Leg]

    @property
    def whose(self) -> tuple[str, str]:
        """Return the customer and the currency."""
        if self.invoice is None:
            return self.customer, self.currency
        return self.invoice.customer, self.invoice.currency


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A movement as it was entered; `invoice` is the id, `number` the number of the invoice it is about.

    Where it is about none, `number` is its reference.
    """

    id: int
    at: datetime
    who: str
    kind: Kind
    reference: str
    day: date
    invoice: str | None
    number: str
    customer: str
    currency: str
    legs: tuple[Leg, ...]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What was posted to an account in a currency; balance = debits − credits."""

    account: Account
    currency: str
    debits: Decimal
    credits: Decimal
    balance: Decimal


def enter(session: Session, movements: Sequence[Movement], author: Author) -> None:
    """Add an entry for each movement that moves anything; raises UsagebillError where one is not balanced.

    The database checks the same when it is given the entry, and refuses postings to entries that stand.
    """
    moving = [movement for movement in movements if movement.legs]
    if not moving:
        return
    ids = next_numbers(session, COUNTER, len(moving))
    postings = [row for id_, one in zip(ids, moving, strict=True) for row in _postings(id_, one)]
    add_rows(session, t.PostingRow, postings)
    add_rows(session, t.EntryRow, [_values(id_, one, author) for id_, one in zip(ids, moving, strict=True)])


def reverse(session: Session, invoice: Invoice, day: date, author: Author) -> None:
    """Take back what was entered when an invoice became final, if anything was."""
    final = select(t.EntryRow.id).where(t.EntryRow.invoice == invoice.id, t.EntryRow.kind == "invoice")
    posting = t.PostingRow
    rows = session.execute(
        select(posting.account, posting.product, posting.amount_minor, posting.currency)
        .where(posting.entry.in_(final))
        .order_by(posting.place)
    )
    legs = [Leg(account, from_minor(minor, currency), product) for account, product, minor, currency in rows]
    reference = invoice.number or invoice.id
    back = Movement(kind="void", reference=reference, day=day, invoice=invoice, legs=reversal(legs))
    enter(session, [back], author)


def entries(session: Session, first: date | None = None, after: date | None = None) -> Iterator[Entry]:
    """Yield entries, all or of the days from `first` up to, not including, `after`, by day and id."""
    entry, posting = t.EntryRow, t.PostingRow
    query = (
        select(entry, t.InvoiceRow.number, posting)
        .join(posting, posting.entry == entry.id)
        .outerjoin(t.InvoiceRow, entry.invoice == t.InvoiceRow.id)
        .order_by(entry.day, entry.id, posting.place)
    )
    if first is not None:
        query = query.where(entry.day >= first)
    if after is not None:
        query = query.where(entry.day < after)
    rows = ((row, number, one) for row, number, one in session.execute(query))
    for _, group in groupby(rows, key=lambda found: found[0].id):
        yield entry_of(list(group))


def balances(session: Session) -> list[Balance]:
    """Return what was posted to each account, by account and currency."""
    posting = t.PostingRow
    debit = posting.amount_minor > 0
    keys = (posting.account, posting.currency)
    total = func.sum(posting.amount_minor)
    query = select(*keys, debit, total).group_by(*keys, debit)
    sums = {
        (account, currency, bool(side)): int(minor)
        for account, currency, side, minor in session.execute(query)
    }
    return [
        Balance(
            account=account,
            currency=currency,
            debits=from_minor(sums.get((account, currency, True), 0), currency),
            credits=from_minor(-sums.get((account, currency, False), 0), currency),
            balance=from_minor(
                sums.get((account, currency, True), 0) + sums.get((account, currency, False), 0), currency
            ),
        )
        for account, currency in sorted({key[:2] for key in sums})
    ]


def entered(session: Session) -> int:
    """Return how many entries were made in all; they are numbered from 1 without a gap."""
    row = session.get(t.CounterRow, COUNTER)
    return 0 if row is None else row.value


def first_uses(session: Session) -> tuple[list[str], list[str]]:
    """Return the customers and the products that were posted to, in the order of their first entries."""
    posting = t.PostingRow
    columns = (posting.customer, posting.product)
    found = []
    for column in columns:
        first = func.min(posting.entry)
        query = select(column).where(column.is_not(None)).group_by(column).order_by(first, column)
        found.append([str(name) for name in session.scalars(query)])
    return found[0], found[1]


def _postings(id_: int, movement: Movement) -> list[dict[str, Any]]:
    customer, currency = movement.whose
    amounts = [to_minor(leg.amount, currency) for leg in movement.legs]
    if sum(amounts):
        what = f"the ledger's entry for {movement.kind} {movement.reference} does not sum to zero"
        raise UsagebillError(what, mend="nothing was changed; report this")
    return [
        {
            "entry": id_,
            "place": place,
            "account": leg.account,
            "product": leg.product,
            "customer": customer,
            "currency": currency,
            "amount_minor": amount,
        }
        for place, (leg, amount) in enumerate(zip(movement.legs, amounts, strict=True), 1)
    ]


def _values(id_: int, movement: Movement, author: Author) -> dict[str, Any]:
    return {
        "id": id_,
        "at": author.at,
        "who": author.who,
        "kind": movement.kind,
        "reference": movement.reference,
        "day": movement.day,
        "invoice": None if movement.invoice is None else movement.invoice.id,
    }


def entry_of(rows: Sequence[tuple[t.EntryRow, str | None, t.PostingRow]]) -> Entry:
    """Return an entry from its row, the number of its invoice and its postings, which are in order."""
    entry, number, posting = rows[0]
    return Entry(
        id=entry.id,
        at=entry.at,
        who=entry.who,
        kind=entry.kind,
        reference=entry.reference,
        day=entry.day,
        invoice=entry.invoice,
        number=number or entry.invoice or entry.reference,
        customer=posting.customer,
        currency=posting.currency,
        legs=tuple(
            Leg(one.account, from_minor(one.amount_minor, one.currency), one.product) for _, _, one in rows
        ),
    )
