"""Allocating: which balances and credits go against which invoices, without writing anything."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from usagebill_tui.domain.invoice import Applied, Invoice
from usagebill_tui.domain.prepaid import Credit
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.store.balances import Owed


class Use(NamedTuple):
    """What is set against an invoice, as that stands before: a part of a balance or of a credit in money."""

    invoice: Invoice
    of: Owed | Credit
    amount: Decimal


def allocate(
    invoices: Iterable[Invoice],
    balances: Sequence[Owed],
    credits_: Sequence[Credit],
    day: Callable[[Invoice], date],
) -> tuple[list[Invoice], list[Use]]:
    """Return invoices, in their order, with what is set against each until nothing is due, and those uses.

    Balances come first, the oldest before others; then credits in money by priority, expiry and age. `day` is
    the one on which a credit has to be usable.
    """
    left: dict[str | int, Decimal] = {
        **{one.invoice: one.amount for one in balances},
        **{one.id: one.left for one in credits_},
    }
    queue: dict[tuple[str, str], list[Owed | Credit]] = {}
    in_turn: list[Owed | Credit] = [*balances, *sorted(credits_, key=lambda one: one.order)]
    for one in in_turn:
        queue.setdefault((one.customer, one.currency), []).append(one)
    uses: list[Use] = []
    found: list[Invoice] = []
    with exact_arithmetic():
        for invoice in invoices:
            standing = invoice
            for of in queue.get((invoice.customer, invoice.currency), ()):
                if not _usable(of, invoice, day):
                    continue
                key = of.invoice if isinstance(of, Owed) else of.id
                amount = min(standing.amount_due, left[key])
                if amount > 0:
                    left[key] -= amount
                    uses.append(Use(standing, of, amount))
                    standing = used(standing, of, amount)
            found.append(standing)
    return found, uses


def used(invoice: Invoice, of: Owed | Credit, amount: Decimal) -> Invoice:
    """Return an invoice with a part of a balance or a credit set against it."""
    if isinstance(of, Owed):
        told = Applied(kind="balance", reference=of.number, amount=amount)
    else:
        told = Applied(kind="prepaid", reference=of.label, name=of.name, amount=amount)
    with exact_arithmetic():
        return msgspec.structs.replace(
            invoice, credits=invoice.credits + amount, applied=(*invoice.applied, told)
        )


def _usable(of: Owed | Credit, invoice: Invoice, day: Callable[[Invoice], date]) -> bool:
    if isinstance(of, Owed):
        return of.invoice != invoice.id
    return of.units is None and of.usable(day(invoice))
