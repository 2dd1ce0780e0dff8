"""The stretch of time that a value is for."""

from decimal import Decimal

import msgspec

from usagebill_tui.domain.quantity import divided


class MeasuredPeriod(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The period that a value is for; instants and lengths in microseconds, instants since 1970 UTC.

    `start` is the first instant; earlier events are there only where a metric carries its state. What is
    held at `until` counts up to there: the period's end or, in an estimate, the moment asked for. `length` is
    that of the full period, also where only a part of it is looked at: a subscription that starts within
    it, an estimate. `timezone` is the customer's, by its IANA name.
    """

    start: int
    until: int
    length: int
    timezone: str = "UTC"

    def held(self, timestamp: int) -> int:
        """Return for how long what an event changed was held within the period, in microseconds."""
        return max(0, self.until - max(timestamp, self.start))

    def averaged(self, total: Decimal) -> Decimal:
        """Divide a sum of changes × microseconds held by the length of the full period, to 200 digits."""
        return divided(total, Decimal(max(1, self.length)))
