"""Usage measured once, however many prices it is charged by."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.many import Many, Units, measure_many
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

    @property
    def single(self) -> bool:
        """Tell whether it has one value for everybody: no groups, no parts, no single events."""
        ask = self.ask
        return not ask.group_by and not ask.only and ask.share is None and ask.amounts_of is None


Groups = tuple[tuple[Decimal | None, Walked], ...]
"""The usage and the events' amounts of each group."""


class Column(msgspec.Struct):
    """What a span comes to for everybody in a block, by place.

    `units` are those of whom one number is charged; what else there is to say of somebody stands in `groups`,
    or in `problems`: why the usage is unknown.
    """

    units: list[Decimal | None]
    groups: dict[int, Groups]
    problems: dict[int, str]


class Block:
    """Customers who have the same spans measured; `columns` are what these come to, span by span.

    `metrics` are those of which `names` say by which accounts events reach each customer.
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self.size = 0
        self.columns: list[Column] = []
        self.metrics = {counted(span.ask.metric): span.ask.metric for span in spans}
        self.customers: list[str] = []
        self.names: dict[tuple[str, str], list[tuple[str, ...]]] = {key: [] for key in self.metrics}

    def add(self, customer: str, names: Names) -> int:
        """Have a customer measured too; return the place."""
        for key, known in self.names.items():
            known.append(names[key])
        self.customers.append(customer)
        self.size += 1
        return self.size - 1


class Meter:
    """Measures blocks of customers, and makes what they used grow by a factor."""

    def __init__(self, house: House, snapshot: int, factor: Decimal) -> None:
        self._house = house
        self._snapshot = snapshot
        self._factor = factor
        self._spans: dict[Hashable, int] = {}

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
        return Span(self._spans.setdefault(key, len(self._spans)), alike, rounding)

    def measure(self, blocks: Iterable[Block]) -> None:
        """Measure all that blocks want, single values of one metric by one question."""
        wanted = [(block, span) for block in blocks for span in block.spans]
        single = [
            Many(span.ask, block.names[counted(span.ask.metric)]) for block, span in wanted if span.single
        ]
        others = [ask for block, span in wanted if not span.single for ask in _asks(block, span)]
        values = iter(measure_many(self._house, single, self._snapshot))
        measured = iter(measure(self._house, others, self._snapshot))
        for block, span in wanted:
            column = Column([], {}, {})
            if span.single:
                self._fill(column, span, next(values))
            else:
                for place in range(block.size):
                    self._add(column, place, span, next(measured))
            block.columns.append(column)

    def _fill(self, column: Column, span: Span, values: Sequence[Units]) -> None:
        rounding = span.rounding or span.ask.metric.rounding
        for place, value in enumerate(values):
            units: Decimal | None = None
            try:
                if isinstance(value, InvalidInput):
                    raise value.with_traceback(None)
                units = self._grown(value) if self.grows and value is not None else value
                units = rounding.apply(units) if rounding is not None and units is not None else units
            except InvalidInput as error:
                column.problems[place] = str(error)
            column.units.append(units)

    def _add(self, column: Column, place: int, span: Span, measured: Measured) -> None:
        column.units.append(None)
        try:
            column.groups[place] = tuple(
                self._group(span, usage.units, usage.failure, walked) for usage, walked in measured.each()
            )
        except InvalidInput as error:
            column.groups[place] = ((None, ()),) * len(measured.usage)
            column.problems[place] = str(error)

    def _group(
        self, span: Span, units: Decimal | None, failure: str | None, walked: Walked
    ) -> tuple[Decimal | None, Walked]:
        if failure is not None:
            raise InvalidInput(failure)
        if not self.grows:
            return units, walked
        grown = None if units is None else self._grown(units)
        if grown is not None and span.rounding is not None:
            grown = span.rounding.apply(grown)
        return grown, tuple(PricedEvent(self._grown(one.amount), one.at) for one in walked)

    def _grown(self, number: Decimal) -> Decimal:
        grown = to_quantity(EXACT.multiply(number, self._factor))
        if grown is None:
            raise InvalidInput(f"a usage of {plain(number)} grows beyond all quantities")
        return grown


def _asks(block: Block, span: Span) -> Iterable[Ask]:
    names = block.names[counted(span.ask.metric)]
    for customer, accounts in zip(block.customers, names, strict=True):
        yield msgspec.structs.replace(span.ask, customer=customer, accounts=accounts)
