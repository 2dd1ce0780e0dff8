"""When whose events of which code are billed, and why they are not at other times."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import pairwise
from typing import Literal

from usagebill_tui.billing.invoices.due import Contract, contracts
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.billing.why.words import bare
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.names import nearest
from usagebill_tui.domain.zones import start_of_day, to_micros, zone
from usagebill_tui.eventstore.funnel import Tally

Reason = Literal[
    "unknown account", "unknown metric", "no subscription", "not on the plan", "names no subscription"
]


class BilledTime:
    """Which names reach whom, and when whose events of which code are billed."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._accounts = Accounts(catalogue)
        self._contracts: dict[str, list[Contract]] = {}
        for contract in contracts(catalogue):
            self._contracts.setdefault(contract.customer.id, []).append(contract)
        self._subscribed = {name: s.customer for s in catalogue.subscriptions.values() for name in s.names}
        self._named = {name: c.id for c in catalogue.customers.values() for name in c.names}
        versions = catalogue.versions.values()
        metrics = [*catalogue.metrics.values(), *(m for version in versions for m in version.metrics)]
        self.codes = {metric.event_code for metric in metrics}
        self._bare = {bare(name): customer for name, customer in self._named.items()}
        self._nearest = lru_cache(maxsize=10_000)(partial(_nearest, known=sorted(self.codes)))

    def customer(self, account: str) -> Customer | None:
        """Return whom an account names."""
        name = self._subscribed.get(account) or self._named.get(account)
        return None if name is None else self.catalogue.customers[name]

    def alike(self, account: str) -> str | None:
        """Return the customer whom somebody may have meant: the same letters and digits."""
        return self._bare.get(bare(account))

    def near_code(self, code: str) -> str | None:
        """Return the code nearest to one to which no metric listens."""
        return self._nearest(code)

    def names_of(self, customers: Sequence[str]) -> set[str]:
        """Return all names by which events reach some customers."""
        known = self.catalogue.customers
        return {name for one in customers for name in self._accounts.of_customer(known[one])}

    def pieces(self, customer: Customer, tally: Tally) -> Iterator[tuple[int, int, Reason]]:
        """Yield the stretches of a tally's time in which its events are not billed, and why."""
        bound = self._contracts.get(customer.id, ())
        reached = [(c, active_span(c)) for c in bound if self._reaches(tally, c)]
        edges = {tally.first, tally.last + 1}
        for _, span in reached:
            edges |= {at for at in span if tally.first < at <= tally.last}
        before: tuple[int, int, Reason] | None = None
        for since, until in pairwise(sorted(edges)):
            active = [c for c, (start, end) in reached if start <= since < end]
            reason = self._reason(tally, active)
            if before is not None and reason == before[2]:
                before = (before[0], until, before[2])
                continue
            if before is not None:
                yield before
            before = None if reason is None else (since, until, reason)
        if before is not None:
            yield before

    def _reason(self, tally: Tally, active: Sequence[Contract]) -> Reason | None:
        if not active:
            return "no subscription"
        pricing = [(c, m) for c in active for m in c.version.metrics if m.event_code == tally.metric]
        if not pricing:
            return "not on the plan"
        counting = (tally.account in self._accounts.of_subscription(c.subscription, m) for c, m in pricing)
        return None if any(counting) else "names no subscription"

    def _reaches(self, tally: Tally, contract: Contract) -> bool:
        """Tell whether an account names a subscription, or its customer as a whole."""
        own = self._accounts.of_succession(contract.subscription)
        return tally.account in own or tally.account not in self._subscribed


def active_span(contract: Contract) -> tuple[int, int]:
    """Return from when up to when a subscription is active."""
    local = zone(contract.customer.timezone)
    start, end = contract.subscription.start, contract.subscription.end or date.max
    return to_micros(start_of_day(start, local)), to_micros(start_of_day(end, local))


def _nearest(code: str, *, known: Sequence[str]) -> str | None:
    return nearest(code, known)
