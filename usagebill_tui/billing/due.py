"""What is due: which periods of which subscriptions end, or start, within the days that are billed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec

from usagebill_tui.billing.accounts import active_days
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.periods import Cycle, Days, instants
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.store.ledger import CLOSING, Item


class Contract(msgspec.Struct, frozen=True):
    """A subscription with the customer and the plan version that it binds."""

    subscription: Subscription
    customer: Customer
    version: PlanVersion

    @property
    def cycle(self) -> Cycle:
        """Return how the contract cuts time into billing periods."""
        anniversary = self.version.plan.billing == "anniversary"
        return Cycle(self.version.plan.interval, self.subscription.origin if anniversary else None)

    @property
    def charged_days(self) -> Days:
        """Return the days that are charged: the active ones after the trial, counted from the origin."""
        active = active_days(self.subscription)
        try:
            trial = timedelta(days=self.version.plan.trial_days)
            first = max(active.first, self.subscription.origin + trial)
        except OverflowError:
            first = date.max
        return Days(first, active.after)


class DuePeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A billing period: `full` as the cycle cuts it, `active` where the subscription is active.

    `opens` and `closes` say whether its start and its end are billed.
    """

    contract: Contract
    full: Days
    active: Days
    opens: bool
    closes: bool

    def products(self) -> list[Product]:
        """Return the products to bill: in advance where the period opens, in arrears where it closes."""
        return [product for product in self.contract.version.products if self._is_due(product)]

    def items(self) -> list[Item]:
        """Return what bills this period; the closing stands for its minimum and maximum spend."""
        codes = [product.code for product in self.products()]
        if self.closes and self._has_closing():
            codes.append(CLOSING)
        return [self.item(code) for code in codes]

    def item(self, product: str) -> Item:
        """Return the item of one product for this period."""
        return Item(self.contract.subscription.id, product, self.full.first)

    def _has_closing(self) -> bool:
        plan = self.contract.version.plan
        return plan.minimum_spend is not None or plan.maximum_spend is not None

    def _is_due(self, product: Product) -> bool:
        if product.fee == "one_time" and self.contract.subscription.origin not in self.active:
            return False
        return self.opens if product.timing == "advance" and product.fee != "metered" else self.closes


def contracts(catalogue: Catalogue, customers: tuple[str, ...] = ()) -> Iterator[Contract]:
    """Yield the contracts of all customers, or of these, by customer and subscription."""
    for subscription in sorted(catalogue.subscriptions.values(), key=lambda s: (s.customer, s.id)):
        if not customers or subscription.customer in customers:
            version = catalogue.versions[subscription.plan, subscription.version]
            yield Contract(subscription, catalogue.customers[subscription.customer], version)


def due_periods(contract: Contract, billed: Days, now: datetime) -> Iterator[DuePeriod]:
    """Yield the periods that start in [first, after) or end in (first, after] of the billed days.

    `opens` and `closes` are false, too, for a start or an end that has not come yet at `now`. The first
    period that has not ended is the last one.
    """
    zone_ = zone(contract.customer.timezone)
    active = active_days(contract.subscription)
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
            )
            if span.end > now:
                return
        full = contract.cycle.following(full)


def unfinished(contract: Contract, billed: Days, now: datetime) -> bool:
    """Tell whether a period that should end within the billed days has not ended yet."""
    zone_ = zone(contract.customer.timezone)
    return any(
        billed.first < period.active.after <= billed.after and instants(period.active, zone_).end > now
        for period in due_periods(contract, billed, now)
    )


def current_period(contract: Contract, at: datetime) -> DuePeriod | None:
    """Return the period that is running at an instant, whole; None where the subscription is not active."""
    today = local_day(at, zone(contract.customer.timezone))
    active = active_days(contract.subscription)
    if today not in active:
        return None
    full = contract.cycle.containing(today)
    return DuePeriod(
        contract=contract, full=full, active=full.overlap(active) or active, opens=True, closes=True
    )
