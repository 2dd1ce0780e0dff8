"""What a contract's billing periods come to, by the very rules of invoices, without writing any.

Much is alike for many customers: fees, terms and what holds for a period as a whole are worked out once for
all contracts that differ in nothing but the customer.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import add

import msgspec

from usagebill_tui.billing.invoices.composing import agreement
from usagebill_tui.billing.invoices.due import Contract, DuePeriod, Portion, due_periods
from usagebill_tui.billing.invoices.rating import Rater, is_metered
from usagebill_tui.billing.invoices.usage_lines import check_groups
from usagebill_tui.billing.simulating.metering import Block, Column, Groups, Meter, Span
from usagebill_tui.domain.periods import Days, instants
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.domain.pricing import Terms, charge_under
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.totals import Agreement, net_of
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
            )
        except InvalidInput as error:
            return Slot(active=due.active, problem=str(error))

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
    """A contract's slots that are compared, and the place in a block where its usage is measured."""

    layout: Layout
    block: Block
    place: int


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


class _Amounts(msgspec.Struct, frozen=True):
    """What everybody in a block comes to by place, and why that cannot be told of somebody."""

    amounts: list[Decimal]
    problems: dict[int, str]


class _Charges(dict[Decimal | None, Decimal]):
    """What usages are charged under some terms: equal usage is charged once."""

    def __init__(self, agreed: Terms) -> None:
        super().__init__()
        self._agreed = agreed

    def __missing__(self, units: Decimal | None) -> Decimal:
        amount = self[units] = charge_under(self._agreed, units).rounded
        return amount


class Tally:
    """Adds up what slots come to, for all customers of a block at once."""

    def __init__(self) -> None:
        self._nets: dict[tuple[int, int], _Amounts] = {}
        self._charged: dict[tuple[int, int, int], _Amounts] = {}
        self._known: dict[int, _Charges] = {}

    def net(self, part: Part) -> Decimal:
        """Return what the slots come to before tax, discounts and limits included; raises InvalidInput."""
        # Layouts, blocks and terms live as long as this does, so their ids stay theirs.
        key = id(part.layout), id(part.block)
        nets = self._nets.get(key)
        if nets is None:
            with exact_arithmetic():
                nets = self._nets[key] = self._all(part.layout, part.block)
        if part.place in nets.problems:
            raise InvalidInput(nets.problems[part.place])
        return nets.amounts[part.place]

    def _all(self, layout: Layout, block: Block) -> _Amounts:
        nets = [_ZERO] * block.size
        problems: dict[int, str] = {}
        for slot, offsets in zip(layout.slots, layout.offsets, strict=True):
            if slot.problem:
                problems = dict.fromkeys(range(block.size), slot.problem) | problems
                break
            amounts = self._slot(slot, offsets, block, problems)
            agreed = slot.agreement
            nets = list(
                map(add, nets, amounts if agreed is None else [net_of(one, agreed) for one in amounts])
            )
        return _Amounts(nets, problems)

    def _slot(
        self, slot: Slot, offsets: Sequence[int], block: Block, problems: dict[int, str]
    ) -> list[Decimal]:
        """Return what fees and usage of a slot come to; of several problems, the first one counts."""
        amounts = [slot.fees] * block.size
        groups: dict[str, Counter[int]] = {}
        for metered, offset in zip(slot.metered, offsets, strict=True):
            if metered.span.ask.group_by:
                counts = groups.setdefault(metered.product, Counter())
                self._check_groups(counts, metered, block.columns[offset], problems)
            charged = self._column(metered, offset, block)
            amounts = list(map(add, amounts, charged.amounts))
            for place, why in charged.problems.items():
                problems.setdefault(place, f"{metered.product}: {why}")
        return amounts

    def _check_groups(
        self, counts: Counter[int], metered: Metered, column: Column, problems: dict[int, str]
    ) -> None:
        for place, groups in column.groups.items():
            counts[place] += len(groups)
            try:
                check_groups(counts[place])
            except InvalidInput as error:
                problems.setdefault(place, f"{metered.product}: {error}")

    def _column(self, metered: Metered, offset: int, block: Block) -> _Amounts:
        """Return what everybody's usage is charged; both sides of a simulation may ask for the same."""
        key = id(metered.terms), id(block), offset
        known = self._charged.get(key)
        if known is None:
            known = self._charged[key] = self._charge(metered.terms, block.columns[offset])
        return known

    def _charge(self, agreed: Terms, column: Column) -> _Amounts:
        charges = self._known.setdefault(id(agreed), _Charges(agreed))
        problems = dict(column.problems)
        amounts: list[Decimal] = []
        for place, units in enumerate(column.units):
            amount = _ZERO
            if place not in problems:
                try:
                    amount = (
                        _of_groups(agreed, charges, column.groups[place])
                        if place in column.groups
                        else charges[units]
                    )
                except InvalidInput as error:
                    problems[place] = str(error)
            amounts.append(amount)
        return _Amounts(amounts, problems)


def _of_groups(agreed: Terms, charges: _Charges, groups: Groups) -> Decimal:
    return sum(
        (
            charge_under(agreed, units, walked).rounded if walked else charges[units]
            for units, walked in groups
        ),
        _ZERO,
    )


def _depends_on_start(version: PlanVersion) -> bool:
    """Tell whether what a period comes to depends on the day on which the subscription started."""
    plan = version.plan
    return (
        plan.billing == "anniversary"
        or plan.trial_days > 0
        or (plan.discount is not None and plan.discount.months is not None)
        or any(metric.recurring for metric in version.metrics)
    )
