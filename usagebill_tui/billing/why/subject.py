"""Whose usage of what, and when: the customer, the metric, the contracts and the period in question."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from usagebill_tui.billing.invoices.due import Contract, contracts
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.billing.why.result import WhyRequest
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import Cycle, Days, Period, instants, parse_instant
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import WrongCall

_DAY = timedelta(days=1)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is in question. `customer` and `metric` are None where the catalogue does not know them.

    `contract` is the one by which the metric is read, `previous` and `following` the neighbours of `period`,
    `now` the instant after which events are yet to come.
    """

    catalogue: Catalogue
    accounts: Accounts
    asked: WhyRequest
    customer: Customer | None
    contracts: tuple[Contract, ...]
    contract: Contract | None
    metric: Metric | None
    period: Period
    previous: Period
    following: Period
    now: datetime

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name by which events reach the customer; of an unknown one, what was asked for."""
        return (self.asked.customer,) if self.customer is None else self.accounts.of_customer(self.customer)

    @property
    def timezone(self) -> str:
        """Return the customer's time zone."""
        return "UTC" if self.customer is None else self.customer.timezone

    def known_names(self) -> set[str]:
        """Return every name by which events reach anybody."""
        return set(_names(self.catalogue))


def find_subject(catalogue: Catalogue, request: WhyRequest, now: datetime) -> Subject:
    """Return what a request is about; raises WrongCall or InvalidInput for times that make no sense."""
    if request.first is None and request.last is not None:
        raise WrongCall("--to without --from", mend="give both, or neither for the current period")
    customer = _customer(catalogue, request.customer)
    bound = () if customer is None else tuple(contracts(catalogue, (customer.id,)))
    timezone = "UTC" if customer is None else customer.timezone
    explicit = None if request.first is None else _explicit(request, now, timezone)
    contract = _chosen(bound, request.metric, _days(explicit, now, timezone))
    days = _period_days(contract, now, timezone) if explicit is None else _whole(contract, explicit, timezone)
    period = explicit or instants(days or Days(now.date(), now.date()), zone(timezone))
    previous, following = _neighbours(contract, days, period, timezone)
    return Subject(
        catalogue=catalogue,
        accounts=Accounts(catalogue),
        asked=request,
        customer=customer,
        contracts=bound,
        contract=contract,
        metric=_metric(catalogue, contract, bound, request.metric),
        period=period,
        previous=previous,
        following=following,
        now=now,
    )


def metric_of(contract: Contract, code: str) -> Metric | None:
    """Return the metric that a contract's plan version prices, by its code or the code of its events."""
    measured = contract.version.metrics
    return next((m for m in measured if m.code == code), None) or next(
        (m for m in measured if m.event_code == code), None
    )


def _names(catalogue: Catalogue) -> Iterator[str]:
    for customer in catalogue.customers.values():
        yield from customer.names
    for subscription in catalogue.subscriptions.values():
        yield from subscription.names


def _customer(catalogue: Catalogue, name: str) -> Customer | None:
    """Return the customer of this id or alias, or whose subscription is called so."""
    if name in catalogue.customers:
        return catalogue.customers[name]
    for subscription in catalogue.subscriptions.values():
        if name in subscription.names:
            return catalogue.customers[subscription.customer]
    return next((c for c in catalogue.customers.values() if name in c.names), None)


def _metric(
    catalogue: Catalogue, contract: Contract | None, bound: Sequence[Contract], code: str
) -> Metric | None:
    """Return the definition that counts: the contract's own, else another contract's, else today's."""
    for one in (*([contract] if contract else []), *reversed(bound)):
        if (found := metric_of(one, code)) is not None:
            return found
    if code in catalogue.metrics:
        return catalogue.metrics[code]
    for _, version in sorted(catalogue.versions.items(), reverse=True):
        if (found := next((m for m in version.metrics if m.code == code), None)) is not None:
            return found
    return next((m for m in catalogue.metrics.values() if m.event_code == code), None)


def _explicit(request: WhyRequest, now: datetime, timezone: str) -> Period:
    start = parse_instant(request.first or "", zone(timezone))
    end = now if request.last is None else parse_instant(request.last, zone(timezone))
    if start >= end:
        raise WrongCall(
            f"no time between {request.first} and {request.last or 'now'}", mend="--from comes first"
        )
    return Period(start, end)


def _days(explicit: Period | None, now: datetime, timezone: str) -> Days:
    """Return the days that are looked at."""
    local = zone(timezone)
    if explicit is None:
        return Days(local_day(now, local), local_day(now, local) + _DAY)
    return Days(local_day(explicit.start, local), local_day(explicit.end, local) + _DAY)


def _chosen(bound: Sequence[Contract], code: str, days: Days) -> Contract | None:
    """Return the contract that most likely is meant: running, pricing the metric, the newest."""

    def likelihood(contract: Contract) -> tuple[bool, bool, bool, object]:
        start, end = contract.subscription.start, contract.subscription.end
        running = start < days.after and (end is None or end > days.first)
        return (
            running,
            start < days.after,
            metric_of(contract, code) is not None,
            (start, contract.subscription.id),
        )

    return max(bound, key=likelihood, default=None)


def _cycle(contract: Contract | None) -> Cycle:
    return Cycle("month") if contract is None else contract.cycle


def _period_days(contract: Contract | None, now: datetime, timezone: str) -> Days:
    """Return the current period; of what has ended its last one, of what is to come its first."""
    today = local_day(now, zone(timezone))
    if contract is not None:
        subscription = contract.subscription
        today = max(today, subscription.start)
        if subscription.end is not None and subscription.end > subscription.start:
            today = min(today, subscription.end - _DAY)
    return _cycle(contract).containing(today)


def _whole(contract: Contract | None, period: Period, timezone: str) -> Days | None:
    """Return the billing period that a span is, None where it is another."""
    days = _cycle(contract).containing(local_day(period.start, zone(timezone)))
    return days if instants(days, zone(timezone)) == period else None


def _neighbours(
    contract: Contract | None, days: Days | None, period: Period, timezone: str
) -> tuple[Period, Period]:
    """Return the billing periods before and after; of another span, as much time on either side."""
    if days is None:
        length = period.end - period.start
        earliest = datetime.min.replace(tzinfo=period.start.tzinfo)
        latest = datetime.max.replace(tzinfo=period.start.tzinfo)
        before = period.start - min(length, period.start - earliest)
        return Period(before, period.start), Period(period.end, period.end + min(length, latest - period.end))
    cycle, local = _cycle(contract), zone(timezone)
    before_days = cycle.containing(days.first - _DAY)
    return instants(before_days, local), instants(cycle.following(days), local)
