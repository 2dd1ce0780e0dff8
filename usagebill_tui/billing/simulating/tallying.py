"""What a contract's billing periods come to, by the very rules of invoices, without writing any.

Much is alike for many customers: fees, terms and what holds for a period as a whole are worked out once for
all contracts that differ in nothing but the customer.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from usagebill_tui.billing.invoices.composing import agreement
from usagebill_tui.billing.invoices.due import Contract, DuePeriod, Portion, due_periods
from usagebill_tui.billing.invoices.rating import Rater, is_metered
from usagebill_tui.billing.invoices.usage_lines import check_groups
from usagebill_tui.billing.simulating.metering import Meter, Span
from usagebill_tui.billing.usage.measuring import Walked
from usagebill_tui.domain.invoice import Line
from usagebill_tui.domain.invoice import Span as LineSpan
from usagebill_tui.domain.periods import Days, instants
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.domain.pricing import Terms, charge_under
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.totals import Agreement, totalled
from usagebill_tui.domain.zones import zone
from usagebill_tui.errors import InvalidInput

_ZERO = Decimal(0)


class Metered(msgspec.Struct, frozen=True):
    """A part of the price of a product charged by usage in a period: what is measured, and the terms."""

    product: str
    span: Span
    terms: Terms


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A billing period as it is for all contracts alike: the fees, what is metered, what holds for the whole.

    `agreement` is None where the lines are all there is; `problem` is why it cannot be priced.
    """

    active: Days
    fees: Decimal = _ZERO
    metered: tuple[Metered, ...] = ()
    agreement: Agreement | None = None
    whole: Line
    problem: str = ""


class Shape(msgspec.Struct, frozen=True):
    """The whole periods of contracts alike; `unfinished` where one has not ended."""

    slots: tuple[Slot, ...]
    unfinished: bool


class Shapes:
    """The whole billing periods within some days that have ended, of any contract."""

    def __init__(self, rater: Rater, meter: Meter, days: Days, now: datetime) -> None:
        self._rater = rater
        self._meter = meter
        self._days = days
        self._now = now
        self._shapes: dict[Hashable, Shape] = {}

    def of(self, contract: Contract) -> Shape:
        """Return the periods of a contract."""
        key = self._key(contract)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = self._made(contract)
        return shape

    def _key(self, contract: Contract) -> Hashable:
        subscription = contract.subscription
        return (
            contract.version.label,
            contract.version.plan.billing,
            contract.customer.timezone,
            self._start(contract),
            subscription.since if _depends_on_start(contract.version) else None,
            subscription.end,
            msgspec.json.encode(subscription.prices, order="deterministic") if subscription.prices else b"",
        )

    def _start(self, contract: Contract) -> date:
        """Return the start, or one early day for all that started before it and do not depend on it."""
        start = contract.subscription.start
        early = date(max(self._days.first.year - 2, 1), 1, 1)
        return start if _depends_on_start(contract.version) else max(start, early)

    def _made(self, contract: Contract) -> Shape:
        periods = list(due_periods(contract, self._days, self._now))
        whole = [due for due in periods if due.opens and due.closes]
        zone_ = zone(contract.customer.timezone)
        unfinished = any(due.opens and instants(due.active, zone_).end > self._now for due in periods)
        return Shape(tuple(self._slot(due) for due in whole), unfinished)

    def _slot(self, due: DuePeriod) -> Slot:
        period = instants(due.active, zone(due.contract.customer.timezone))
        whole = _whole_line(LineSpan(period.start, period.end))
        agreed = agreement(due, ())
        limits = agreed.discount_percent, agreed.discount_amount, agreed.minimum_spend, agreed.maximum_spend
        portions = due.portions()
        try:
            return Slot(
                active=due.active,
                fees=self._fees(due, [p for p in portions if not is_metered(p.due, p.product)]),
                metered=tuple(
                    part
                    for p in portions
                    if is_metered(p.due, p.product)
                    for part in self._metered(p.due, p.product)
                ),
                agreement=None if limits == (None,) * len(limits) else agreed,
                whole=whole,
            )
        except InvalidInput as error:
            return Slot(active=due.active, whole=whole, problem=str(error))

    def _fees(self, due: DuePeriod, portions: Sequence[Portion]) -> Decimal:
        (rated,) = self._rater.rate([(due, portions)])
        with exact_arithmetic():
            return sum((line.amount for line in rated.lines), _ZERO)

    def _metered(self, due: DuePeriod, product: Product) -> list[Metered]:
        try:
            priced = self._rater.priced(due, product)
        except InvalidInput as error:
            raise InvalidInput(f"{product.code}: {error}") from error
        return [Metered(product.code, self._meter.span(one.ask), one.terms) for one in priced]


class Layout(msgspec.Struct, frozen=True):
    """Slots with what is measured for them: `offsets` are, slot by slot, places in `spans`."""

    slots: tuple[Slot, ...]
    offsets: tuple[tuple[int, ...], ...]


class Part(msgspec.Struct, frozen=True):
    """A contract's slots that are compared; their usage is measured from place `first` on."""

    layout: Layout
    first: int


class Spans:
    """What slots have measured, each span once."""

    def __init__(self) -> None:
        self.all: list[Span] = []
        self._offsets: dict[int, int] = {}

    def layout(self, slots: Sequence[Slot]) -> Layout:
        """Return where in the spans the usage of each slot is."""
        return Layout(tuple(slots), tuple(tuple(map(self._offset, slot.metered)) for slot in slots))

    def _offset(self, metered: Metered) -> int:
        offset = self._offsets.setdefault(metered.span.number, len(self.all))
        if offset == len(self.all):
            self.all.append(metered.span)
        return offset


class Tally:
    """Adds up what slots come to for a customer; equal usage at equal terms is charged once."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._known: dict[tuple[int, Decimal | None], Decimal] = {}

    def net(self, part: Part) -> Decimal:
        """Return what the slots come to before tax, discounts and limits included; raises InvalidInput."""
        total = _ZERO
        with exact_arithmetic():
            for slot, offsets in zip(part.layout.slots, part.layout.offsets, strict=True):
                if slot.problem:
                    raise InvalidInput(slot.problem)
                amount = slot.fees + self._charged(slot, [part.first + offset for offset in offsets])
                total += amount if slot.agreement is None else _limited(amount, slot.agreement, slot.whole)
        return total

    def _charged(self, slot: Slot, places: Sequence[int]) -> Decimal:
        """Return what the usage of a slot is charged."""
        groups: Counter[str] = Counter()
        amount = _ZERO
        for metered, place in zip(slot.metered, places, strict=True):
            try:
                if metered.span.ask.group_by:
                    groups[metered.product] += self._meter.groups(place)
                    check_groups(groups[metered.product])
                amount += sum(
                    (self._charge(metered.terms, *one) for one in self._meter.usages(metered.span, place)),
                    _ZERO,
                )
            except InvalidInput as error:
                raise InvalidInput(f"{metered.product}: {error}") from error
        return amount

    def _charge(self, agreed: Terms, units: Decimal | None, walked: Walked) -> Decimal:
        if walked:
            return charge_under(agreed, units, walked).rounded
        key = id(agreed), units
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = charge_under(agreed, units).rounded
        return known


def _depends_on_start(version: PlanVersion) -> bool:
    """Tell whether what a period comes to depends on the day on which the subscription started."""
    plan = version.plan
    return (
        plan.billing == "anniversary"
        or plan.trial_days > 0
        or (plan.discount is not None and plan.discount.months is not None)
        or any(metric.recurring for metric in version.metrics)
    )


def _limited(amount: Decimal, agreed: Agreement, whole: Line) -> Decimal:
    line = msgspec.structs.replace(whole, amount=amount)
    totals = totalled([line], agreed, whole.period)
    return totals.subtotal - totals.discount


def _whole_line(period: LineSpan) -> Line:
    """Return a line that stands for all lines of a period: discounts and limits look at their sum only."""
    return Line(kind="fee", product=None, period=period, description="", amount=_ZERO, tax_percent=_ZERO)
