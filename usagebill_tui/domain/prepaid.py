"""Prepaid credits: money or units of a product that a customer has in advance, and which goes first."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from usagebill_tui.domain.adjustment import spread
from usagebill_tui.domain.quantity import exact_arithmetic

_ZERO = Decimal(0)


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """A credit and what is left of it. From the day `expires` on it is not used any more.

    A credit in money holds `amount` and has `left` of it. One in units holds `units` of a `product` and has
    `units_left`; its `amount` is what was paid for it, and `left` the part of that not yet earned. Of every
    credit `paid` was paid, the rest was granted. `state` is `open`, `used`, `expired` or `void`.
    """

    id: int
    customer: str
    currency: str
    name: str = ""
    amount: Decimal
    left: Decimal
    product: str | None = None
    units: Decimal | None = None
    units_left: Decimal | None = None
    paid: Decimal
    priority: int = 0
    expires: date | None = None
    day: date
    is_void: bool = False
    at: datetime
    who: str

    @property
    def label(self) -> str:
        """Return what it is called: `CR-0007`."""
        return f"CR-{self.id:04}"

    @property
    def order(self) -> tuple[int, date, int]:
        """Return what decides which credit goes first: priority, then what expires first, then the oldest."""
        return self.priority, self.expires or date.max, self.id

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is left of it."""
        return not (self.left if self.units_left is None else self.units_left)

    def usable(self, day: date) -> bool:
        """Tell whether it can be used on a day."""
        return not self.is_void and not self.is_empty and (self.expires is None or day < self.expires)

    def state(self, day: date) -> str:
        """Return how it stands on a day."""
        if self.is_void:
            return "void"
        if self.expires is not None and day >= self.expires:
            return "expired"
        return "used" if self.is_empty else "open"

    def paid_part(self, amount: Decimal) -> Decimal:
        """Return how much of an amount of it was paid for, the rest having been granted."""
        return spread(amount, [self.paid, self.amount - self.paid])[0] if self.amount else amount

    def worth(self, units: Decimal) -> Decimal:
        """Return what so many of the units left are worth of what was paid; all of them: all that is left."""
        if self.units_left is None or units >= self.units_left:
            return self.left
        with exact_arithmetic():
            return spread(self.left, [units, self.units_left - units])[0]

    def less(self, amount: Decimal, units: Decimal) -> "Credit":
        """Return the credit in units with so many taken, which are worth this amount."""
        with exact_arithmetic():
            return msgspec.structs.replace(
                self, left=self.left - amount, units_left=(self.units_left or _ZERO) - units
            )
