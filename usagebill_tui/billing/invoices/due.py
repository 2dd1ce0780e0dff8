"""What is due: which periods of which subscriptions end, or start, within the days that are billed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import force_setattr, replace

from usagebill_tui.billing.usage.accounts import active_days
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.periods import Cycle, Days, instants
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.domain.product import Interval, Product
from usagebill_tui.domain.switched_zones import named
from usagebill_tui.domain.tax import Tax
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.store.ledger import CLOSING, Item

_DAY = timedelta(days=1)


class Contract(msgspec.Struct, frozen=True):
    """A subscription with the customer, the plan version that it binds, and the rates of tax by code.

    The customer's time zone is the clock of the contract: where it was changed, billing periods that had
    begun by then end in the zone before.
    """

    subscription: Subscription
    customer: Customer
    version: PlanVersion
    taxes: Mapping[str, Tax] = {}

    def __post_init__(self) -> None:
        if self.customer.earlier_zones:
            clock = replace(self.customer, timezone=self._clock(), earlier_zones=())
            force_setattr(self, "customer", clock)

    def _clock(self) -> str:
        """Return the name of the clock: each zone up to the end of the period in which it was left."""
        zones: list[tuple[str, date]] = []
        for one in self.customer.earlier_zones:
            boundary = self.cycle.containing(one.until).after
            if self.subscription.origin <= one.until and (not zones or boundary > zones[-1][1]):
                zones.append((one.timezone, boundary))
        return named(zones, self.customer.timezone)

    @property
    def cycle(self) -> Cycle:
        """Return how the contract cuts time into billing periods."""
        return self._cycle(self.version.plan.interval)

    def cycle_of(self, product: Product) -> Cycle:
        """Return how the contract cuts time into the periods of a product, which may have its own."""
        return self._cycle(product.interval or self.version.plan.interval)

    def _cycle(self, interval: Interval) -> Cycle:
        anniversary = self.version.plan.billing == "anniversary"
        return Cycle(interval, self.subscription.origin if anniversary else None)

    def own_periods(self, product: Product, days: Days) -> Iterator[Days]:
        """Yield a product's periods, the active part of each, that end in (first, after] of some days."""
        active = active_days(self.subscription)
        for full in self.cycle_of(product).ending_in(max(days.first, active.first), days.after):
            part = full.overlap(active)
            if part is not None:
                yield part
        if days.first < active.after <= days.after:
            yield self.cycle_of(product).containing(active.after - _DAY).overlap(active) or active

    @property
    def charged_days(self) -> Days:
        """Return the days that are charged: the active ones after the trial, counted from the origin."""
        active = active_days(self.subscription)
        if not self.version.plan.trial_days:
            return active
        try:
            trial = timedelta(days=self.version.plan.trial_days)
            first = max(active.first, self.subscription.origin + trial)
        except OverflowError:
            first = date.max
        return Days(first, active.after)


class DuePeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A billing period: `full` as the cycle cuts it, `active` where the subscription is active.

    `opens` and `closes` say whether its start and its end are billed. Of products with an interval of their
    own, what starts or ends within the period is billed with it: on the `billed` days (None: on all) up to
    `today`.
    """

    contract: Contract
    full: Days
    active: Days
    opens: bool
    closes: bool
    billed: Days | None = None
    today: date = date.max

    def portions(self) -> list["Portion"]:
        """Return what to bill: in advance where a product's period starts, in arrears where it ends."""
        return [one for product in self.contract.version.products for one in self._portions(product)]

    def items(self) -> list[Item]:
        """Return what bills this period; the closing stands for its minimum and maximum spend."""
        return [item for bundle in self.bundles() for item in bundle]

    def bundles(self) -> list[list[Item]]:
        """Return what bills this period by invoice: one, unless shorter periods of products cut it further.

        So months of usage in a plan by the year have an invoice each, whether they are billed one by one or
        all at once. Each bills a product once.
        """
        steps = self._steps()
        if steps is None:
            return self._one_bundle()
        found: dict[tuple[date, int], list[Item]] = {}
        for one in self.portions():
            day = one.due.active.first if in_advance(one.product) else one.due.active.after - _DAY
            key = steps.containing(day).first, 0
            while any(item.product == one.product.code for item in found.get(key, ())):
                key = key[0], key[1] + 1
            found.setdefault(key, []).append(one.item)
        if self.closes and self._has_closing():
            last = steps.containing(self.active.after - _DAY).first
            found.setdefault((last, 0), []).append(self.closing)
        return [found[key] for key in sorted(found)]

    def _one_bundle(self) -> list[list[Item]]:
        """Return what bills a period that is cut no further: one invoice, more where a product recurs."""
        bundles: list[list[Item]] = [[]]
        times: dict[str, int] = {}
        for one in self.portions():
            place = times[one.product.code] = times.get(one.product.code, -1) + 1
            if place == len(bundles):
                bundles.append([])
            bundles[place].append(one.item)
        if self.closes and self._has_closing():
            bundles[0].append(self.closing)
        return [bundle for bundle in bundles if bundle]

    def _steps(self) -> Cycle | None:
        """Return the shortest periods of products that cut this one, None where none do."""
        own = [one for one in self.contract.version.products if one.interval is not None]
        if not own:
            return None
        cycles = [self.contract.cycle_of(one) for one in own]
        lengths = {cycle: cycle.containing(self.full.first).count for cycle in cycles}
        shortest = min(lengths, key=lambda cycle: lengths[cycle], default=None)
        return shortest if shortest and lengths[shortest] < self.full.count else None

    @property
    def closing(self) -> Item:
        """Return the item that stands for the period as a whole."""
        return Item(self.contract.subscription.id, CLOSING, self.full.first)

    def portion(self, product: Product, first: date) -> "Portion":
        """Return a product over the one of its own periods that holds a day; without active days, empty."""
        if product.interval is None and first == self.full.first and self.active.count:
            return Portion(product, self)
        full = self.contract.cycle_of(product).containing(first)
        if full == self.full and self.active.count:
            return Portion(product, self)
        active = full.overlap(active_days(self.contract.subscription)) or Days(full.first, full.first)
        return Portion(product, msgspec.structs.replace(self, full=full, active=active))

    def span(self, portions: Sequence["Portion"]) -> Days:
        """Return the days of an invoice that bills these portions.

        They are the period's, unless all that it bills is of shorter periods within.
        """
        if self.closes or not portions or any(one.due.full.count >= self.full.count for one in portions):
            return self.active
        first = min(one.due.active.first for one in portions)
        after = max(one.due.active.after for one in portions)
        return self.active.overlap(Days(first, after)) or self.active

    def _has_closing(self) -> bool:
        plan = self.contract.version.plan
        return plan.minimum_spend is not None or plan.maximum_spend is not None

    def _portions(self, product: Product) -> Iterator["Portion"]:
        if product.interval not in {None, self.contract.version.plan.interval}:
            yield from self._own_portions(product)
            return
        begins = product.fee != "one_time" or self.contract.subscription.origin in self.active
        if begins and (self.opens if in_advance(product) else self.closes):
            yield Portion(product, self)

    def _own_portions(self, product: Product) -> Iterator["Portion"]:
        """Yield the product's own periods that start (in advance) or end (in arrears) within this one."""
        day = self.active.first
        while day < self.active.after:
            one = self.portion(product, day)
            if self._starts(one.due.active) if in_advance(product) else self._ends(one.due.active):
                yield one
            day = one.due.full.after

    def _starts(self, part: Days) -> bool:
        """Tell whether the start of a product's own period is billed with this period."""
        billed = self.billed is None or part.first in self.billed
        return billed and part.first in self.active and part.first <= self.today

    def _ends(self, part: Days) -> bool:
        """Tell whether the end of a product's own period is billed with this period."""
        if not self.active.first < part.after <= self.active.after:
            return False
        if self.billed is None:
            return part.first <= self.today
        return self.billed.first < part.after <= min(self.billed.after, self.today)


class Portion(msgspec.Struct, frozen=True):
    """What an invoice bills: a product over one of its periods, which may be other than the plan's."""

    product: Product
    due: DuePeriod

    @property
    def item(self) -> Item:
        """Return what claims it, so that it is billed once."""
        return Item(self.due.contract.subscription.id, self.product.code, self.due.full.first)


def in_advance(product: Product) -> bool:
    """Tell whether a product is billed when its period starts."""
    return product.timing == "advance" and product.fee != "metered"


def due_on(contract: Contract, first: date, *, closes: bool = True) -> DuePeriod:
    """Return the billing period that holds a day, whole."""
    full = contract.cycle.containing(first)
    active = full.overlap(active_days(contract.subscription)) or Days(full.first, full.first)
    return DuePeriod(contract=contract, full=full, active=active, opens=True, closes=closes)


def contracts(catalogue: Catalogue, customers: tuple[str, ...] = ()) -> Iterator[Contract]:
    """Yield the contracts of all customers, or of these, by customer and subscription."""
    asked = frozenset(customers)
    for subscription in sorted(catalogue.subscriptions.values(), key=lambda s: (s.customer, s.id)):
        if not asked or subscription.customer in asked:
            version = catalogue.versions[subscription.plan, subscription.version]
            customer = catalogue.customers[subscription.customer]
            yield Contract(subscription, customer, version, catalogue.taxes)


def due_periods(contract: Contract, billed: Days, now: datetime) -> Iterator[DuePeriod]:
    """Yield the periods that start in [first, after) or end in (first, after] of the billed days.

    `opens` and `closes` are false, too, for a start or an end that has not come yet at `now`. The first
    period that has not ended is the last one.
    """
    zone_ = zone(contract.customer.timezone)
    active = active_days(contract.subscription)
    today = local_day(now, zone_)
    full = contract.cycle.containing(max(active.first, billed.first))
    while full.first < min(active.after, billed.after):
        part = full.overlap(active)
        if part is not None:
            span = instants(part, zone_)
            yield DuePeriod(
                contract=contract,
                full=full,
                active=part,
                opens=part.first in billed and span.start <= now,
                closes=billed.first < part.after <= billed.after and span.end <= now,
                billed=billed,
                today=today,
            )
            if span.end > now:
                return
        full = contract.cycle.following(full)


def portions_touching(
    contract: Contract, product: Product, days: Days, now: datetime
) -> Iterator[tuple[DuePeriod, Portion]]:
    """Yield a product's periods that touch some days and have begun, each with the one it is billed with."""
    today = local_day(now, zone(contract.customer.timezone))
    active = active_days(contract.subscription)
    day = max(active.first, days.first)
    while day < min(active.after, days.after) and day <= today:
        own = due_on(contract, day).portion(product, day)
        last = own.due.active.first if in_advance(product) else own.due.active.after - _DAY
        yield due_on(contract, last), own
        day = own.due.full.after


def unfinished(contract: Contract, billed: Days, now: datetime) -> bool:
    """Tell whether a period that should end within the billed days has not ended yet."""
    return any(runs_on(period, billed, now) for period in due_periods(contract, billed, now))


def runs_on(period: DuePeriod, billed: Days, now: datetime) -> bool:
    """Tell whether a period, or a product's own one in it, should end within the billed days and has not."""
    zone_ = zone(period.contract.customer.timezone)
    for part in (period.active, *_running(period)):
        if billed.first < part.after <= billed.after and instants(part, zone_).end > now:
            return True
    return False


def _running(period: DuePeriod) -> Iterator[Days]:
    """Yield the periods that products with an interval of their own have today."""
    if all(product.interval is None for product in period.contract.version.products):
        return
    today = max(period.active.first, min(period.today, period.active.after - _DAY))
    for product in period.contract.version.products:
        if product.interval is not None and not in_advance(product):
            yield period.portion(product, today).due.active


def current_period(contract: Contract, at: datetime) -> DuePeriod | None:
    """Return the period that is running at an instant, whole; None where the subscription is not active."""
    today = local_day(at, zone(contract.customer.timezone))
    active = active_days(contract.subscription)
    if today not in active:
        return None
    full = contract.cycle.containing(today)
    part = full.overlap(active) or active
    return DuePeriod(contract=contract, full=full, active=part, opens=True, closes=True, today=today)
