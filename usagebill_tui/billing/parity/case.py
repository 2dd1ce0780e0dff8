"""One difference under investigation: both amounts, our lines, and what they were charged by."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.billing.invoices.usage_lines import part_ask
from usagebill_tui.billing.parity.difference import Cause
from usagebill_tui.billing.parity.ours import Key, Ours
from usagebill_tui.billing.usage.measuring import Ask, Measured
from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.dialect import Choices, choices_of
from usagebill_tui.domain.invoice import Invoice, Line
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.narrowing import WHOLE
from usagebill_tui.domain.periods import Days, Period, instants
from usagebill_tui.domain.pricing import Part, Terms, charge_under, parts, terms
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.zones import local_day, start_of_day, to_micros, zone
from usagebill_tui.errors import UsagebillError


class Finding(NamedTuple):
    """A likely cause and what speaks for it."""

    cause: Cause
    evidence: str


class Case(msgspec.Struct, frozen=True):
    """A key on which both sides have amounts that differ."""

    key: Key
    ours: Ours
    theirs: Decimal

    @property
    def amount(self) -> Decimal:
        """Return our amount."""
        return self.ours.amount

    @property
    def cent(self) -> Decimal:
        """Return the smallest unit of the currency."""
        return Decimal(1).scaleb(-minor_digits(self.key.currency))

    def fits(self, amount: Decimal) -> bool:
        """Tell whether an amount is theirs, once rounded."""
        return round_money(amount, self.key.currency) == round_money(self.theirs, self.key.currency)

    @property
    def contract(self) -> Contract | None:
        """Return the contract, where all lines have the same one."""
        contracts = [one.contract for one in self.ours.lines]
        first = contracts[0]
        if first is None:
            return None
        same = all(one is not None and one.subscription.id == first.subscription.id for one in contracts)
        return first if same else None

    @property
    def line(self) -> Line | None:
        """Return the usage line or the fee, where there is just one."""
        lines = [one.line for one in self.ours.lines if one.line.kind in {"usage", "fee"}]
        return lines[0] if len(lines) == 1 else None

    @property
    def used(self) -> tuple[Line, ...]:
        """Return the usage lines: several, where the price has parts or groups."""
        return tuple(one.line for one in self.ours.lines if one.line.kind == "usage" and one.line.accounts)

    @property
    def invoice(self) -> Invoice:
        """Return our first invoice."""
        return self.ours.lines[0].invoice

    @property
    def product(self) -> Product | None:
        """Return the product as the contract has it."""
        contract = self.contract
        sold = () if contract is None else contract.version.products
        return next((one for one in sold if one.code == self.key.product), None)

    def days(self) -> tuple[Days, Days] | None:
        """Return the days that the line charges and those of the full period, in the customer's zone."""
        line, contract = self.line or next(iter(self.used), None), self.contract
        if line is None or contract is None:
            return None
        local = zone(contract.customer.timezone)
        first, after = local_day(line.period.start, local), local_day(line.period.end, local)
        cycle = contract.cycle if self.product is None else contract.cycle_of(self.product)
        return Days(first, after), cycle.containing(first)


class Recharge(msgspec.Struct, frozen=True):
    """How the usage lines of a product were made, to make them again from other usage.

    `line` is the first of them; `parts` are those of the price, with the terms of each.
    """

    case: Case
    contract: Contract
    line: Line
    metric: Metric
    parts: tuple[tuple[Part, Terms], ...]

    @property
    def terms(self) -> Terms | None:
        """Return what all usage together is charged by; None where the price has parts or groups."""
        ((first, agreed), *more) = self.parts
        return None if more or first.narrowing != WHOLE else agreed

    @property
    def units(self) -> Decimal | None:
        """Return the usage of the lines; of several, what theirs adds up to."""
        used = self.case.used
        return used[0].units if len(used) == 1 and self.terms is not None else _sum(one.units for one in used)

    def asks(self, period: Period) -> list[Ask]:
        """Return what is to be measured, part by part, to charge another period in the lines' place."""
        contract, line = self.contract, self.line
        local = zone(contract.customer.timezone)
        found = self.case.days()
        full = instants(found[1], local) if found else period
        since = start_of_day(contract.subscription.origin, local)
        whole = Ask(
            customer=contract.customer.id,
            metric=self.metric,
            accounts=line.accounts,
            period=period,
            full=full,
            timezone=contract.customer.timezone,
            state_since=to_micros(since),
        )
        return [part_ask(whole, part, agreed) for part, agreed in self.parts]

    def measured_units(self, measured: Sequence[Measured]) -> Decimal | None:
        """Return other usage, added up as `units` is."""
        if self.terms is not None:
            return measured[0].usage[0].units
        return _sum(usage.units for one in measured for usage in one.usage)

    def charge(self, measured: Sequence[Measured]) -> Decimal | None:
        """Return what other usage is charged, None where it cannot be."""
        each = [
            (agreed, usage, walked)
            for (_, agreed), one in zip(self.parts, measured, strict=True)
            for usage, walked in one.each()
        ]
        if any(usage.failure is not None for _, usage, _ in each):
            return None
        try:
            return _sum(charge_under(agreed, usage.units, walked).rounded for agreed, usage, walked in each)
        except UsagebillError:
            return None

    def charge_units(self, units: Decimal) -> Decimal | None:
        """Return what so many units are charged; None for models that walk events and for divided prices."""
        if self.terms is None or self.terms.model.needs_events:
            return None
        try:
            return charge_under(self.terms, units).rounded
        except UsagebillError:
            return None


def recharge(house: House, case: Case, dialect: Choices | None = None) -> Recharge | None:
    """Return how the usage lines of a case were made; None for fees and where it is not known any more.

    With a dialect, how they would be made in it.
    """
    contract, used, product = case.contract, case.used, case.product
    if contract is None or not used or product is None or (case.line is None and used[0].part is None):
        return None
    price = contract.subscription.prices.get(product.code, product.price)
    models, currency = house.registry.pricing_model, case.key.currency
    choices = dialect or choices_of(contract.version.plan.dialect)
    try:
        metric = contract.version.metric(used[0].metric or "")
        divided = tuple(
            (one, terms(one.price, models(one.price.model), currency, choices)) for one in parts(price)
        )
        return Recharge(case, contract, used[0], metric, divided)
    except (KeyError, UsagebillError):
        return None


def _sum(numbers: Iterable[Decimal | None]) -> Decimal:
    with exact_arithmetic():
        return sum((number for number in numbers if number is not None), Decimal(0))


def ratio_range(case: Case) -> tuple[Decimal, Decimal] | None:
    """Return between which numbers theirs ÷ ours lies, both being rounded; None where ours is too small."""
    with exact_arithmetic():
        half = case.cent / 2
        if case.amount <= half or case.theirs <= half:
            return None
        return (case.theirs - half) / (case.amount + half), (case.theirs + half) / (case.amount - half)
