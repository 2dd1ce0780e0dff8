"""A difference between our amount and another system's, and its likely cause."""

from decimal import Decimal
from typing import Literal, get_args

import msgspec

from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import exact_arithmetic

Cause = Literal[
    "missing customer",
    "missing product",
    "missing events",
    "boundary",
    "proration",
    "dialect",
    "rounding",
    "price",
    "unexplained",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""The causes in the order in which differences are listed."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One customer, product and period whose amounts differ; None where one side has none.

    `invoices` are ours by number (drafts by id; none for what was billed on trial only). `evidence` says in a
    sentence why the cause is likely.
    """

    cause: Cause
    customer: str
    product: str
    period: Days
    currency: str
    ours: Decimal | None
    theirs: Decimal | None
    invoices: tuple[str, ...] = ()
    evidence: str

    @property
    def difference(self) -> Decimal:
        """Return ours − theirs."""
        with exact_arithmetic():
            return (self.ours or Decimal(0)) - (self.theirs or Decimal(0))
