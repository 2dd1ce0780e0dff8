"""Trends: what a line of a billing period measures, by day, week or month since the period before."""

from typing import NamedTuple

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.comparing import ComparedLine, Comparison
from usagebill_tui.billing.usage.measuring import Ask, measure
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.narrowing import WHOLE, group_texts, narrowed
from usagebill_tui.domain.periods import Bucket, Days, buckets, instants
from usagebill_tui.domain.usage import Usage
from usagebill_tui.domain.zones import to_micros, zone
from usagebill_tui.store.browsing.one_customer import catalogue_of

_MOST_DAYS = 93
_MOST_DAYS_IN_WEEKS = 400


class Trend(NamedTuple):
    """A metric's usage in each bucket up to now, across all its groups, in the customer's zone."""

    metric: Metric
    by: Bucket
    timezone: str
    usage: tuple[Usage, ...]


def trend(house: House, comparison: Comparison, compared: ComparedLine) -> Trend | None:
    """Return how the usage behind a line went from the start of the period before; None for a fee.

    Each bucket is a period of its own. Buckets are days; of long periods weeks or months.
    """
    line = compared.line
    if line.metric is None or line.kind != "usage":
        return None
    with house.database.reading() as session:
        catalogue = catalogue_of(session, comparison.period.customer)
    subscription = catalogue.subscriptions[comparison.period.subscription]
    part = line.part or WHOLE
    metric = narrowed(catalogue.versions[subscription.plan, subscription.version].metric(line.metric), part)
    timezone = catalogue.customers[subscription.customer].timezone
    zone_ = zone(timezone)
    days = Days((comparison.days_before or comparison.days).first, comparison.days.after)
    by: Bucket = (
        "day" if days.count <= _MOST_DAYS else "week" if days.count <= _MOST_DAYS_IN_WEEKS else "month"
    )
    now = house.clock()
    since = instants(msgspec.structs.replace(days, first=subscription.origin), zone_).start
    asks = [
        Ask(
            customer=subscription.customer,
            metric=metric,
            accounts=line.accounts,
            period=bucket,
            held_until=now,
            timezone=timezone,
            state_since=to_micros(since),
            only=group_texts(part, line.group),
        )
        for bucket in buckets(instants(days, zone_), by, zone_)
        if bucket.start <= now
    ]
    measured = measure(house, asks, comparison.period.snapshot)
    return Trend(metric, by, timezone, tuple(row for one in measured for row in one.usage))


def _by(days: Days) -> Bucket:
    if days.count <= _MOST_DAYS:
        return "day"
    return "week" if days.count <= _MOST_DAYS_IN_WEEKS else "month"
