"""Usage as people ask for it: by customer, metric, time and group."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import DuePeriod, contracts, current_period
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.billing.usage.measuring import Ask, measure
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.periods import Bucket, Period, buckets, instants, parse_instant
from usagebill_tui.domain.usage import Usage
from usagebill_tui.domain.zones import local_day, to_micros, zone
from usagebill_tui.errors import NotFound, WrongCall
from usagebill_tui.store.catalogue import load_catalogue

MOST_BUCKETS = 200_000
"""More time buckets than anybody reads; asking for them is a slip."""
_SHORTEST: dict[Bucket, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=28),
}


class UsageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: empty means all.

    `first` and `last` are dates or instants as text, in each customer's zone, `last` exclusive; without
    them each subscription's current period is meant. `at` is the instant that counts as now.
    """

    customers: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    by: Bucket | None = None
    group_by: tuple[str, ...] = ()
    at: datetime | None = None


def usage(house: House, request: UsageRequest) -> list[Usage]:
    """Return usage ordered by customer, metric, start and group; raises NotFound for unknown names."""
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
    _check_names(catalogue, request)
    now = request.at or house.clock()
    asked = _current(catalogue, request, now) if request.first is None else _explicit(catalogue, request, now)
    asks = [ask for one in _checked(list(asked), request) for ask in _cut(one, request, catalogue)]
    measured = measure(house, asks, house.events.snapshot())
    return sorted((row for one in measured for row in one.usage), key=_place)


def _explicit(catalogue: Catalogue, request: UsageRequest, now: datetime) -> Iterator[Ask]:
    accounts = Accounts(catalogue)
    for customer in _chosen(catalogue, request):
        names = accounts.of_customer(customer)
        period = _period(customer, request, now)
        for metric in catalogue.metrics.values():
            if not request.metrics or metric.code in request.metrics:
                yield Ask(
                    customer=customer.id,
                    metric=metric,
                    accounts=names,
                    period=period,
                    timezone=customer.timezone,
                )


def _current(catalogue: Catalogue, request: UsageRequest, now: datetime) -> Iterator[Ask]:
    if request.last is not None:
        raise WrongCall("--to without --from", mend="give both, or neither for the current period")
    accounts = Accounts(catalogue)
    for contract in contracts(catalogue, request.customers):
        due = current_period(contract, now)
        if due is None:
            continue
        zone_ = zone(contract.customer.timezone)
        since = instants(msgspec.structs.replace(due.active, first=contract.subscription.origin), zone_)
        for metric in contract.version.metrics:
            if not request.metrics or metric.code in request.metrics:
                own = _running(due, metric, now)
                yield Ask(
                    customer=contract.customer.id,
                    metric=metric,
                    accounts=accounts.of_subscription(contract.subscription, metric),
                    period=instants(own.active, zone_),
                    full=instants(own.full, zone_),
                    held_until=now,
                    timezone=contract.customer.timezone,
                    state_since=to_micros(since.start),
                )


def _running(due: DuePeriod, metric: Metric, now: datetime) -> DuePeriod:
    """Return the current period of the first product that prices a metric; it may have its own."""
    today = local_day(now, zone(due.contract.customer.timezone))
    product = next(one for one in due.contract.version.products if one.metric == metric.code)
    return due.portion(product, today).due


def _checked(asked: list[Ask], request: UsageRequest) -> list[Ask]:
    """Refuse more time buckets than anybody reads, before they are made."""
    if request.by is not None:
        shortest = _SHORTEST[request.by]
        buckets_asked = sum((ask.period.end - ask.period.start) // shortest for ask in asked)
        if buckets_asked > MOST_BUCKETS:
            what = f"this asks for about {buckets_asked:,} rows"
            raise WrongCall(what, mend="ask for less time, fewer customers, or a coarser --by")
    return asked


def _cut(ask: Ask, request: UsageRequest, catalogue: Catalogue) -> Iterator[Ask]:
    groups = request.group_by or ask.metric.group_by
    if request.by is None:
        yield msgspec.structs.replace(ask, group_by=groups)
        return
    zone_ = zone(catalogue.customers[ask.customer].timezone)
    for bucket in buckets(ask.period, request.by, zone_):
        yield msgspec.structs.replace(ask, period=bucket, full=None, group_by=groups)


def _period(customer: Customer, request: UsageRequest, now: datetime) -> Period:
    zone_ = zone(customer.timezone)
    start = parse_instant(request.first or "", zone_)
    end = now if request.last is None else parse_instant(request.last, zone_)
    if start >= end:
        raise WrongCall(
            f"no time between {request.first} and {request.last or 'now'}", mend="--from comes first"
        )
    return Period(start, end)


def _chosen(catalogue: Catalogue, request: UsageRequest) -> list[Customer]:
    wanted = request.customers or tuple(sorted(catalogue.customers))
    return [catalogue.customers[name] for name in wanted]


def _check_names(catalogue: Catalogue, request: UsageRequest) -> None:
    known: Sequence[tuple[str, tuple[str, ...], dict[str, Customer] | dict[str, Metric]]] = (
        ("customer", request.customers, catalogue.customers),
        ("metric", request.metrics, catalogue.metrics),
    )
    for noun, names, table in known:
        for name in names:
            if name not in table:
                raise NotFound(f"there is no {noun} {name!r}", mend=suggestion(name, table))


def _place(row: Usage) -> tuple[str, str, datetime, list[tuple[bool, str]]]:
    group = [(value is not None, value or "") for value in (row.group or {}).values()]
    return row.customer, row.metric, row.start, group
