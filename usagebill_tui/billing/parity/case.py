"""One difference under investigation: both amounts, our lines, and what they were charged by."""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.due import Contract
from usagebill_tui.billing.house import House
from usagebill_tui.billing.measuring import Ask, Measured, needed_amounts
from usagebill_tui.billing.parity.difference import Cause
from usagebill_tui.billing.parity.ours import Key, Ours
from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.invoice import Invoice, Line
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Days, Period, instants
from usagebill_tui.domain.pricing import Terms, charge_under, terms
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
        line, contract = self.line, self.contract
        if line is None or contract is None:
            return None
        local = zone(contract.customer.timezone)
        first, after = local_day(line.period.start, local), local_day(line.period.end, local)
        cycle = contract.cycle if self.product is None else contract.cycle_of(self.product)
        return Days(first, after), cycle.containing(first)


class Recharge(msgspec.Struct, frozen=True):
    """How a usage line was made, to make it again from other usage."""

    case: Case
    contract: Contract
    line: Line
    metric: Metric
    terms: Terms

    def ask(self, period: Period) -> Ask:
        """Return what is to be measured to charge another period in the line's place."""
        contract, line = self.contract, self.line
        local = zone(contract.customer.timezone)
        found = self.case.days()
        full = instants(found[1], local) if found else period
        since = start_of_day(contract.subscription.origin, local)
        return Ask(
            customer=contract.customer.id,
            metric=self.metric,
            accounts=line.accounts,
            period=period,
            full=full,
            timezone=contract.customer.timezone,
            state_since=to_micros(since),
            amounts_of=needed_amounts(self.terms.model, self.terms.params, self.metric),
        )

    def charge(self, measured: Measured) -> Decimal | None:
        """Return what other usage is charged, None where it cannot be."""
        usage = measured.usage[0]
        if usage.failure is not None:
            return None
        try:
            return charge_under(self.terms, usage.units, measured.amounts).rounded
        except UsagebillError:
            return None

    def charge_units(self, units: Decimal) -> Decimal | None:
        """Return what so many units are charged; None for models that walk events."""
        if self.terms.model.needs_events:
            return None
        try:
            return charge_under(self.terms, units).rounded
        except UsagebillError:
            return None


def recharge(house: House, case: Case) -> Recharge | None:
    """Return how the usage line of a case was made; None for fees and where that is not known any more."""
    contract, line, product = case.contract, case.line, case.product
    if contract is None or line is None or product is None or line.kind != "usage" or not line.accounts:
        return None
    price = contract.subscription.prices.get(product.code, product.price)
    try:
        metric = contract.version.metric(line.metric or "")
        model = house.registry.pricing_model(price.model)
        return Recharge(case, contract, line, metric, terms(price, model, case.key.currency))
    except (KeyError, UsagebillError):
        return None


def ratio_range(case: Case) -> tuple[Decimal, Decimal] | None:
    """Return between which numbers theirs ÷ ours lies, both being rounded; None where ours is too small."""
    with exact_arithmetic():
        half = case.cent / 2
        if case.amount <= half or case.theirs <= half:
            return None
        return (case.theirs - half) / (case.amount + half), (case.theirs + half) / (case.amount - half)
