"""Comparing: what a customer uses and is charged in one billing period, beside the period before it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.composing import compose
from usagebill_tui.billing.invoices.due import Contract, DuePeriod, contracts, due_on
from usagebill_tui.billing.invoices.rating import Rater
from usagebill_tui.billing.usage.accounts import Accounts, active_days
from usagebill_tui.domain.invoice import Invoice, Line
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import exact_arithmetic, round_to
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import NotFound
from usagebill_tui.store.browsing.one_customer import catalogue_of

_DAY = timedelta(days=1)


class ComparedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One product of a period: its line now, and the one of the period before; one of them may be missing."""

    now: Line | None
    before: Line | None

    @property
    def line(self) -> Line:
        """Return the line of the period, or else that of the one before."""
        found = self.now or self.before
        if found is None:
            raise ValueError("a line of neither period")
        return found

    @property
    def amounts(self) -> tuple[Decimal, Decimal]:
        """Return the charge now and before, 0 where there is none."""
        now, before = (Decimal(0) if one is None else one.amount for one in (self.now, self.before))
        return now, before


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription's billing period as it would be invoiced now, and the period before it.

    `days` are the days of the period on which the subscription is active, in the customer's zone; `gone` is
    how many of them have gone by, all of them once the period is over. Both invoices have the status
    `estimate`; `before` is None where the subscription had no earlier period.
    """

    period: Invoice
    before: Invoice | None
    days: Days
    days_before: Days | None
    gone: int
    lines: tuple[ComparedLine, ...]

    @property
    def running(self) -> bool:
        """Tell whether the period is not over yet."""
        return self.gone < self.days.count


def share(now: Decimal, before: Decimal) -> Decimal | None:
    """Return by how many percent a number has changed, to one digit; None from zero."""
    if not before:
        return None
    with exact_arithmetic():
        return round_to((now - before) * 100 / abs(before), 1)


def compare(house: House, customer: str, back: int = 0, at: datetime | None = None) -> list[Comparison]:
    """Return for each subscription of a customer its period `back` periods ago, and the one before that.

    0 is the period that runs now, or the last one of a subscription that has ended. A subscription that had
    not begun then is left out. Each period is priced as it would be now, usage up to now counting, so a
    running one shows what `estimate` shows. Raises NotFound for an unknown customer.
    """
    with house.database.reading() as session:
        catalogue = catalogue_of(session, customer)
    if customer not in catalogue.customers:
        raise NotFound(f"there is no customer {customer!r}", mend="`usagebill customers` lists them")
    now = at or house.clock()
    pairs = [pair for one in contracts(catalogue, (customer,)) if (pair := _periods(one, back, now))]
    wanted = [due for pair in pairs for due in pair if due is not None]
    snapshot = house.events.snapshot()
    rated = iter(
        Rater(house, Accounts(catalogue), snapshot, until=now).rate([(due, due.portions()) for due in wanted])
    )
    invoices = {
        id(due): compose(
            next(rated),
            identity=f"{due.contract.subscription.id}_{due.full.first.isoformat()}",
            status="estimate",
            snapshot=snapshot,
            earlier=(),
        )
        for due in wanted
    }
    return [_comparison(one, before, invoices, now) for one, before in pairs]


def _periods(contract: Contract, back: int, now: datetime) -> tuple[DuePeriod, DuePeriod | None] | None:
    """Return the period so many periods ago and the one before it; None before the contract began."""
    active = active_days(contract.subscription)
    today = local_day(now, zone(contract.customer.timezone))
    if today < active.first:
        return None
    full = contract.cycle.containing(min(today, active.after - _DAY))
    for _ in range(back):
        if full.first <= active.first:
            return None
        full = contract.cycle.containing(full.first - _DAY)
    before = None
    if full.first > active.first:
        before = _whole(contract, contract.cycle.containing(full.first - _DAY), today)
    return _whole(contract, full, today), before


def _whole(contract: Contract, full: Days, today: date) -> DuePeriod:
    return msgspec.structs.replace(due_on(contract, full.first), today=today)


def _comparison(
    due: DuePeriod, before: DuePeriod | None, invoices: Mapping[int, Invoice], now: datetime
) -> Comparison:
    today = local_day(now, zone(due.contract.customer.timezone))
    one, other = invoices[id(due)], None if before is None else invoices[id(before)]
    return Comparison(
        period=one,
        before=other,
        days=due.active,
        days_before=None if before is None else before.active,
        gone=Days(due.active.first, min(max(today, due.active.first), due.active.after)).count,
        lines=tuple(_lines(one.lines, () if other is None else other.lines)),
    )


def _lines(now: tuple[Line, ...], before: tuple[Line, ...]) -> Iterator[ComparedLine]:
    earlier: dict[object, Line] = {}
    for line in before:
        earlier.setdefault(_key(line), line)
    for line in now:
        yield ComparedLine(now=line, before=earlier.pop(_key(line), None))
    for line in earlier.values():
        yield ComparedLine(now=None, before=line)


def _key(line: Line) -> object:
    group = None if line.group is None else tuple(sorted(line.group.items()))
    return line.kind, line.product, line.metric, group
