"""Usage measured once, however many prices it is charged by."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.measuring import Ask, Measured, Walked, measure
from usagebill_tui.domain.metric import Metric, Rounding
from usagebill_tui.domain.pricing import PricedEvent
from usagebill_tui.domain.quantity import EXACT, plain, to_quantity
from usagebill_tui.errors import InvalidInput

Names = Mapping[tuple[str, str], tuple[str, ...]]
"""The names under which the events of a metric reach somebody; see `counted`."""


def counted(metric: Metric) -> tuple[str, str]:
    """Return what of a metric says whose events count for it: its code, and the event's."""
    return metric.code, metric.event_code


class Span(msgspec.Struct, frozen=True):
    """What is measured of one period, whoever uses it: an ask of anybody, and a number that tells it apart.

    `rounding` is the metric's own, where it is to be applied after growth.
    """

    number: int
    ask: Ask
    rounding: Rounding | None = None


class Meter:
    """Collects what is wanted, measures all of it together, and hands it out grown by a factor."""

    def __init__(self, house: House, snapshot: int, factor: Decimal) -> None:
        self._house = house
        self._snapshot = snapshot
        self._factor = factor
        self._spans: dict[Hashable, int] = {}
        self._asks: list[Ask] = []
        self._measured: list[Measured] = []

    @property
    def grows(self) -> bool:
        """Tell whether usage is other than it was."""
        return self._factor != 1

    def span(self, ask: Ask) -> Span:
        """Return what is to be measured, the same one for all asks that differ in the customer only."""
        rounding = ask.metric.rounding if self.grows else None
        if rounding is not None:
            ask = msgspec.structs.replace(ask, metric=msgspec.structs.replace(ask.metric, rounding=None))
        alike = msgspec.structs.replace(ask, customer="", accounts=())
        key = msgspec.json.encode(alike, order="deterministic")
        return Span(self._spans.setdefault(key, len(self._spans)), ask, rounding)

    def want(self, spans: Sequence[Span], customer: str, names: Names) -> int:
        """Have spans measured for a customer; return the place of the first."""
        first = len(self._asks)
        self._asks += [
            msgspec.structs.replace(one.ask, customer=customer, accounts=names[counted(one.ask.metric)])
            for one in spans
        ]
        return first

    def measure(self) -> None:
        """Measure all that is wanted."""
        self._measured = measure(self._house, self._asks, self._snapshot)

    def groups(self, place: int) -> int:
        """Return in how many groups there is usage."""
        return len(self._measured[place].usage)

    def usages(self, span: Span, place: int) -> Iterator[tuple[Decimal | None, Walked]]:
        """Yield the usage and the events' amounts of each group; raises InvalidInput where it is unknown."""
        for usage, walked in self._measured[place].each():
            if usage.failure is not None:
                raise InvalidInput(usage.failure)
            if not self.grows:
                yield usage.units, walked
                continue
            units = None if usage.units is None else self._grown(usage.units)
            if units is not None and span.rounding is not None:
                units = span.rounding.apply(units)
            yield units, tuple(PricedEvent(self._grown(one.amount), one.at) for one in walked)

    def _grown(self, number: Decimal) -> Decimal:
        grown = to_quantity(EXACT.multiply(number, self._factor))
        if grown is None:
            raise InvalidInput(f"a usage of {plain(number)} grows beyond all quantities")
        return grown
