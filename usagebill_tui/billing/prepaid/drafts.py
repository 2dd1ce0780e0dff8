"""Drafts with what would be set against them: the same in a list, on a page of it, alone and in a sum.

A credit goes to the first of a customer's drafts, so that what one of them gets is known from all of them.
"""

from collections.abc import Sequence
from decimal import Decimal

from usagebill_tui.billing.house import House
from usagebill_tui.billing.prepaid.applying import expected
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.balances import drafts_owing_back, owed_back
from usagebill_tui.store.credits import credits_of
from usagebill_tui.store.ledger import invoices


def expected_among(house: House, found: Sequence[Invoice]) -> list[Invoice]:
    """Return invoices, the drafts with what would be set against each if all drafts were made final now."""
    customers = sorted({one.customer for one in found if one.status == "draft"})
    known = {one.id: one for one in _of(house, customers)} if customers else {}
    return [known.get(one.id, one) for one in found]


def set_against_drafts(house: House) -> dict[str, Decimal]:
    """Return what would be set against all drafts if they were made final now, by currency."""
    sums: dict[str, Decimal] = {}
    with exact_arithmetic():
        for one in _of(house, None):
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.credits
    return sums


def _of(house: House, customers: Sequence[str] | None) -> list[Invoice]:
    """Return the drafts of those, of all customers or these, against which anything could be set."""
    with house.database.reading() as session:
        having = {one.customer for one in owed_back(session, customers)}
        having |= {one.customer for one in credits_of(session, customers)}
        having |= drafts_owing_back(session)
        if customers is not None:
            having &= set(customers)
        drafts = invoices(session, sorted(having), ["draft"]) if having else []
    return expected(house, drafts)
