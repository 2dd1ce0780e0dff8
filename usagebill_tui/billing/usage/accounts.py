"""Whose event is it? An event's account names a subscription or a customer, looked up in that order."""

from collections import defaultdict
from datetime import date

from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import Days


def active_days(subscription: Subscription) -> Days:
    """Return the days on which a subscription is active."""
    return Days(subscription.start, subscription.end or date.max)


class Accounts:
    """The names under which events reach customers and subscriptions."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._of_customer: dict[str, list[Subscription]] = defaultdict(list)
        self._taken: set[str] = set()
        self._last: tuple[Subscription, tuple[str, ...]] | None = None
        self._followed = {one.follows for one in catalogue.subscriptions.values()}
        for subscription in catalogue.subscriptions.values():
            self._of_customer[subscription.customer].append(subscription)
            self._taken.update(subscription.names)

    def subscriptions(self, customer: str) -> list[Subscription]:
        """Return a customer's subscriptions, by start and id."""
        return sorted(self._of_customer[customer], key=lambda s: (s.start, s.id))

    def of_customer(self, customer: Customer) -> tuple[str, ...]:
        """Return every name by which events reach a customer, through its subscriptions too."""
        names = [*self._own(customer)]
        for subscription in self.subscriptions(customer.id):
            names += subscription.names
        return tuple(dict.fromkeys(names))

    def of_subscription(self, subscription: Subscription, metric: Metric) -> tuple[str, ...]:
        """Return every name by which a metric's events reach a subscription.

        Where another subscription of the customer, active at the same time, prices the same metric, only
        events that name the subscription itself count: none is billed twice.
        """
        if len(self._of_customer[subscription.customer]) == 1:
            return self._of_only(subscription)
        names = self.of_succession(subscription)
        if self._shared(subscription, metric):
            return names
        return (*names, *self._own(self._catalogue.customers[subscription.customer]))

    def _of_only(self, subscription: Subscription) -> tuple[str, ...]:
        """Return the names of a customer's only subscription, which are the same for all metrics."""
        # Its metrics are asked for one after the other.
        if self._last is None or self._last[0] is not subscription:
            own = self._own(self._catalogue.customers[subscription.customer])
            self._last = subscription, (*self.of_succession(subscription), *own)
        return self._last[1]

    def of_succession(self, subscription: Subscription) -> tuple[str, ...]:
        """Return the names of a subscription and of those that it follows or that follow it.

        They are never active on the same day, so an event that names any of them is of the one active then.
        """
        if subscription.follows is None and subscription.id not in self._followed:
            return subscription.names
        first = self._first(subscription)
        others = [one for one in self.subscriptions(subscription.customer) if self._first(one) == first]
        return tuple(dict.fromkeys((*subscription.names, *(name for one in others for name in one.names))))

    def _first(self, subscription: Subscription) -> str:
        """Return the id of the subscription with which a succession began."""
        known = self._catalogue.subscriptions
        while subscription.follows in known:
            subscription = known[subscription.follows]
        return subscription.id

    def _own(self, customer: Customer) -> list[str]:
        return [name for name in customer.names if name not in self._taken]

    def _shared(self, subscription: Subscription, metric: Metric) -> bool:
        days = active_days(subscription)
        for other in self._of_customer[subscription.customer]:
            if other.id == subscription.id or active_days(other).overlap(days) is None:
                continue
            version = self._catalogue.versions[other.plan, other.version]
            if any((m.code, m.event_code) == (metric.code, metric.event_code) for m in version.metrics):
                return True
        return False
