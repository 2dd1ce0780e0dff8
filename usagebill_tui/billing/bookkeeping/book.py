"""What an export of the ledger is made from: entries, and what customers and documents are called."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from usagebill_tui.billing.bookkeeping.names import PLAN, AccountNames, claimed, one_line
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.database import Session
from usagebill_tui.store.entries import Entry, entries, first_uses
from usagebill_tui.store.ledger import payments

_DOCUMENTS = {
    "invoice": "Invoice {number}",
    "void": "Invoice {number} is void",
    "payment": "Payment of {number}",
    "refund": "Refund of {number}",
    "credit_note": "Credit note {reference} on {number}",
    "credit": "Prepaid credit {reference}",
    "credit_use": "Credit {reference} used for {number}",
    "credit_return": "Credit {reference} given back by {number}",
    "credit_expiry": "Credit {reference} has expired",
    "credit_void": "Credit {reference} is void",
    "balance": "Balance of {reference} set against {number}",
    "balance_return": "Balance of {reference} given back by {number}",
}


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of the days from `first` up to, not including, `after`; None: no limit."""

    entries: Sequence[Entry]
    names: AccountNames
    payees: Mapping[str, str]
    memos: Mapping[str, str]
    """What the bank statement said of a payment, by the entry's reference."""
    first: date | None
    after: date | None

    def postings(self, entry: Entry) -> Iterator[tuple[str, Decimal]]:
        """Yield an entry's postings: the account's full name, and the amount."""
        for leg in entry.legs:
            yield self.names.of(leg.account, entry.customer, leg.product), leg.amount

    def told(self, entry: Entry) -> str:
        """Return what an entry is about, in words."""
        words = _DOCUMENTS[entry.kind].format(number=entry.number, reference=entry.reference)
        memo = self.memos.get(entry.reference)
        return f"{words}: {memo}" if memo else words

    @property
    def currencies(self) -> list[str]:
        """Return the currencies of the entries."""
        return sorted({entry.currency for entry in self.entries})

    @property
    def sums(self) -> dict[tuple[str, str], Decimal]:
        """Return what the entries come to by account and currency, sorted."""
        found: dict[tuple[str, str], Decimal] = {}
        with exact_arithmetic():
            for entry in self.entries:
                for account, amount in self.postings(entry):
                    key = account, entry.currency
                    found[key] = found.get(key, Decimal(0)) + amount
        return dict(sorted(found.items()))

    @property
    def span(self) -> str:
        """Say which days the entries are of."""
        since = "the beginning" if self.first is None else f"{self.first}"
        until = "the newest" if self.after is None else f"{self.after} (not included)"
        return f"from {since} up to {until}"


def open_book(session: Session, first: date | None = None, after: date | None = None) -> Book:
    """Return the entries of some days, or all."""
    customers, products = first_uses(session)
    known = load_catalogue(session).customers
    return Book(
        entries=list(entries(session, first, after)),
        names=AccountNames(claimed(customers), claimed(products, PLAN)),
        payees={name: known[name].name or name for name in customers if name in known},
        memos={f"payment {one.id}": one_line(one.reference) for one in payments(session) if one.reference},
        first=first,
        after=after,
    )
