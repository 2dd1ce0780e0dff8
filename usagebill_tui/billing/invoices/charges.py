"""Charges under the same terms: what was used as much before costs the same, and is priced once."""

from decimal import Decimal

import msgspec

from usagebill_tui.domain.pricing import Charge, Terms, charge_under
from usagebill_tui.domain.pricing.protocol import plain_steps

_MOST = 2_000
"""Charges that are remembered: counts of events repeat, fine sums hardly do."""


class Charges:
    """The charges of a run; their steps are free of trailing zeros."""

    def __init__(self) -> None:
        # Terms stay here as long as their identity is a key.
        self._known: dict[tuple[int, Decimal], tuple[Terms, Charge]] = {}

    def of(self, agreed: Terms, units: Decimal) -> Charge:
        """Return what units cost under terms that look at no single events; raises InvalidInput."""
        key = id(agreed), units
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[key] = agreed, plainly(charge_under(agreed, units))
        return known[1]


def plainly(charged: Charge) -> Charge:
    """Return a charge with the numbers of its steps free of trailing zeros."""
    return msgspec.structs.replace(charged, steps=plain_steps(charged.steps))
