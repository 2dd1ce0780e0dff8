"""Which days of whom are looked at."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from usagebill_tui.billing.anomalies.anomaly import AnomalyRequest
from usagebill_tui.billing.usage.accounts import Accounts, active_days
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.periods import Days, instants, parse_instant
from usagebill_tui.domain.zones import local_day, to_micros, zone
from usagebill_tui.errors import NotFound, WrongCall

DAYS = 31
"""How many days are looked at where none are named."""
_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


class Subject(msgspec.Struct, frozen=True):
    """A customer, the names in its events, the days (by `date.toordinal`) to look at and those before.

    `expected` are the days on which it is subscribed.
    """

    customer: Customer
    accounts: tuple[str, ...]
    days: range
    history: range
    expected: tuple[range, ...]

    def span(self, days: range) -> tuple[int, int]:
        """Return from when up to when some days are, in microseconds since 1970 UTC."""
        period = instants(
            Days(date.fromordinal(days.start), date.fromordinal(days.stop)), zone(self.customer.timezone)
        )
        return to_micros(period.start), to_micros(period.end)


def subjects(catalogue: Catalogue, request: AnomalyRequest, now: datetime) -> list[Subject]:
    """Return whom to look at; raises NotFound for an unknown customer, WrongCall for a range without time."""
    for name in request.customers:
        if name not in catalogue.customers:
            mend = suggestion(name, catalogue.customers)
            raise NotFound(f"there is no customer {name!r}", mend=mend)
    return list(_subjects(catalogue, request, now))


def _subjects(catalogue: Catalogue, request: AnomalyRequest, now: datetime) -> Iterator[Subject]:
    accounts = Accounts(catalogue)
    dated = lru_cache(maxsize=1_000)(days_asked)
    for name in sorted(set(request.customers) or catalogue.customers):
        customer = catalogue.customers[name]
        days = dated(request.first, request.last, now, zone(customer.timezone))
        before = max(1, days.start - 7 * request.thresholds.weeks)
        active = [active_days(one) for one in accounts.subscriptions(name)]
        expected = tuple(range(one.first.toordinal(), one.after.toordinal()) for one in active)
        yield Subject(customer, accounts.of_customer(customer), days, range(before, days.start), expected)


def days_asked(first: str | None, last: str | None, now: datetime, local: ZoneInfo) -> range:
    """Return the whole days that are asked for, in a zone, up to now."""
    today = local_day(now.astimezone(UTC), local).toordinal()
    until = today if last is None else local_day(parse_instant(last, local) - _INSTANT, local).toordinal() + 1
    since = until - DAYS if first is None else local_day(parse_instant(first, local), local).toordinal()
    if first is not None and last is not None and since >= until:
        raise WrongCall(f"no time between {first} and {last}", mend="--from comes first")
    return range(max(1, since), max(1, since, min(until, today)))
