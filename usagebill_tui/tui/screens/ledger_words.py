"""How accounts and entries of the ledger are written."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from usagebill_tui.billing.words import day, money
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.quantity import exact_arithmetic

if TYPE_CHECKING:
    from usagebill_tui.domain.bookkeeping import Leg
    from usagebill_tui.store.entries import Entry
    from usagebill_tui.tui.dialogs.details import Part

ACCOUNTS: Mapping[str, str] = {
    "receivables": "what customers owe",
    "cash": "what was received, less what was given back",
    "customer_balance": "what is owed to customers",
    "tax_payable": "tax that was charged",
    "revenue": "what was earned, before tax",
}
KINDS: Mapping[str, str] = {
    "invoice": "● invoice",
    "void": "✗ void",
    "payment": "✓ payment",
    "refund": "↩ refund",
    "credit_note": "− credit note",
}


def kind_words(kind: str) -> str:
    """Return a kind of entry as a glyph and a word."""
    return KINDS.get(kind, f"· {kind.replace('_', ' ')}")


def posted(legs: "Sequence[Leg]", account: str | None) -> Decimal:
    """Return what an entry posts to an account; without one, what it moves: its debits."""
    with exact_arithmetic():
        chosen = [leg.amount for leg in legs if (leg.account == account if account else leg.amount > 0)]
        return sum(chosen, Decimal(0))


def entry_parts(entry: "Entry") -> "list[Part]":
    """Return one entry in full: what it was, and what it posted to which account."""
    legs = [(_leg_name(leg), _side(leg, entry.currency)) for leg in entry.legs]
    about = [
        ("Kind", kind_words(entry.kind)),
        ("Reference", entry.reference),
        ("Day", day(entry.day)),
        ("Customer", entry.customer),
        ("Invoice", entry.number or "–"),
        ("Entered", f"{rfc3339(entry.at)} by {entry.who}"),
    ]
    return [("", about), ("Debits and credits", legs)]


def _leg_name(leg: "Leg") -> str:
    return f"{leg.account.replace('_', ' ')}{f' · {leg.product}' if leg.product else ''}"


def _side(leg: "Leg", currency: str) -> str:
    return f"{'debit' if leg.amount > 0 else 'credit'} {money(abs(leg.amount), currency)}"
