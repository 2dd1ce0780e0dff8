"""Double entries: what each movement of money posts to which account. Debits are positive, credits negative.

An invoice that is owed stands in `receivables`; what was paid or credited beyond it is owed to the customer
and stands in `customer_balance`. Together they are the invoice's amount due at any time.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from usagebill_tui.domain.credit_note import CreditNote, nets
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import exact_arithmetic

Account = Literal[
    "receivables",
    "cash",
    "customer_balance",
    "tax_payable",
    "revenue",
    "prepaid_credits",
    "credits_granted",
    "credits_expired",
]
Kind = Literal[
    "invoice",
    "void",
    "payment",
    "refund",
    "credit_note",
    "credit",
    "credit_use",
    "credit_return",
    "credit_expiry",
    "credit_void",
    "balance",
    "balance_return",
]

ACCOUNTS: tuple[Account, ...] = get_args(Account)
_PLACES = {account: place for place, account in enumerate(ACCOUNTS)}
_ZERO = Decimal(0)


class Leg(msgspec.Struct, frozen=True, gc=False):
    """What an entry posts to an account: a debit, or, negative, a credit. Revenue is kept by product.

    Revenue without a product is the plan's: its minimum and maximum spend.
    """

    account: Account
    amount: Decimal
    product: str | None = None


def final_legs(invoice: Invoice) -> list[Leg]:
    """Return what an invoice posts when it becomes final: revenue less discounts by product, and tax."""
    lines = [
        Leg("revenue", -net, line.product) for line, net in zip(invoice.lines, nets(invoice), strict=True)
    ]
    return _entry([*lines, Leg("tax_payable", -invoice.tax)], _ZERO, invoice.total)


def payment_legs(invoice: Invoice, amount: Decimal) -> list[Leg]:
    """Return what a payment (negative: a refund) posts; `invoice` is as it stands before."""
    due = invoice.amount_due
    with exact_arithmetic():
        return _entry([Leg("cash", amount)], due, due - amount)


def credit_legs(invoice: Invoice, note: CreditNote) -> list[Leg]:
    """Return what a credit note posts, revenue and tax back; `invoice` is as it stands before."""
    due = invoice.amount_due
    with exact_arithmetic():
        lines = [Leg("revenue", -line.amount, line.product) for line in note.lines]
        return _entry([*lines, Leg("tax_payable", -note.tax)], due, due + note.total)


def bought_legs(amount: Decimal, paid: Decimal) -> list[Leg]:
    """Return what a credit posts when it is added: what was paid is cash, what is beyond it was granted."""
    with exact_arithmetic():
        return _legs(
            [Leg("cash", paid), Leg("credits_granted", amount - paid), Leg("prepaid_credits", -amount)]
        )


def used_legs(
    invoice: Invoice, amount: Decimal, source: Literal["prepaid_credits", "customer_balance"]
) -> list[Leg]:
    """Return what setting a credit or a balance against an invoice posts; negative: giving it back.

    `invoice` is as it stands before.
    """
    due = invoice.amount_due
    with exact_arithmetic():
        return _entry([Leg(source, amount)], due, due - amount)


def earned_legs(amount: Decimal, product: str) -> list[Leg]:
    """Return what units that were paid for post when they are used: revenue of their product."""
    return _legs([Leg("prepaid_credits", amount), Leg("revenue", -amount, product)])


def ended_legs(amount: Decimal, paid: Decimal, to: Literal["credits_expired", "cash"]) -> list[Leg]:
    """Return what the rest of a credit posts when it ends: `paid` of it was paid for, the rest granted."""
    with exact_arithmetic():
        return _legs([Leg("prepaid_credits", amount), Leg(to, -paid), Leg("credits_granted", paid - amount)])


def reversal(legs: Iterable[Leg]) -> list[Leg]:
    """Return what takes an entry back."""
    return [Leg(leg.account, -leg.amount, leg.product) for leg in legs]


def due_legs(due: Decimal) -> list[Leg]:
    """Return where an amount due stands: in receivables what is owed, in the balance what is owed back."""
    return [Leg("receivables", max(due, _ZERO)), Leg("customer_balance", min(due, _ZERO))]


def added_up(legs: Iterable[Leg]) -> dict[tuple[Account, str | None], Decimal]:
    """Return what legs come to by account and product, without what comes to nothing."""
    sums: dict[tuple[Account, str | None], Decimal] = {}
    with exact_arithmetic():
        for leg in legs:
            key = leg.account, leg.product
            sums[key] = sums.get(key, _ZERO) + leg.amount
    return {key: amount for key, amount in sums.items() if amount}


def _entry(others: Sequence[Leg], before: Decimal, after: Decimal) -> list[Leg]:
    """Return the legs of a movement of what is due, one for each account and product."""
    stood = reversal(due_legs(before)) if before else ()
    return _legs([*due_legs(after), *stood, *others])


def _legs(moved: Iterable[Leg]) -> list[Leg]:
    return list(_in_order(added_up(moved)))


def _in_order(sums: dict[tuple[Account, str | None], Decimal]) -> Iterator[Leg]:
    for account, product in sorted(sums, key=lambda key: (_PLACES[key[0]], key[1] or "")):
        yield Leg(account, sums[account, product], product)
