"""Trying a metric before it is stored: which events it would count, and what they come to."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from usagebill_tui.billing.catalogue.metrics import read_metric
from usagebill_tui.billing.catalogue.place import NOWHERE
from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.measuring import Ask, measure
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import Period, buckets
from usagebill_tui.domain.usage import Usage
from usagebill_tui.domain.zones import from_micros, zone
from usagebill_tui.eventstore.funnel import Census, Tally
from usagebill_tui.eventstore.types import Search, StoredEvent

DAYS = 14
"""How many days, up to the newest event, a trial looks at."""
_SHOWN = 5
_LOOKED_AT = 2_000
_SPANS = (
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=30),
    timedelta(days=4000),
)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric would count for the account that has the most events for it.

    `total` is its usage over the last days up to the newest event, `daily` the same day by day (UTC),
    `newest` the last events. All are empty, and `account` None, where no event carries the metric's code.
    """

    account: str | None = None
    events: int = 0
    newest: tuple[StoredEvent, ...] = ()
    total: Usage | None = None
    daily: tuple[Usage, ...] = ()


class Vocabulary(msgspec.Struct, frozen=True):
    """Words found in real events: the metric codes that they carry, and the paths of their properties."""

    codes: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()


def try_metric(house: House, table: Mapping[str, Any]) -> Trial:
    """Return what a metric, as a table of the catalogue file, would count; raises InvalidInput."""
    metric = read_metric(dict(table), NOWHERE, house.registry)
    snapshot = house.events.snapshot()
    tallies = [
        t for t in house.events.funnel.tally(Census(snapshot=snapshot)) if t.metric == metric.event_code
    ]
    if not tallies:
        return Trial()
    busiest = max(tallies, key=lambda tally: (tally.events, tally.account or ""))
    account = busiest.account or ""
    total, *daily = _usage(house, metric, account, busiest, snapshot)
    return Trial(
        account=account,
        events=sum(tally.events for tally in tallies),
        newest=tuple(_newest(house, busiest, snapshot)),
        total=total,
        daily=tuple(daily),
    )


def vocabulary(house: House) -> Vocabulary:
    """Return the words of real events: the codes of all, the properties of the newest of each code."""
    snapshot = house.events.snapshot()
    newest: dict[str, Tally] = {}
    for tally in house.events.funnel.tally(Census(snapshot=snapshot)):
        code = tally.metric or ""
        if code not in newest or newest[code].last < tally.last:
            newest[code] = tally
    found = {path for tally in list(newest.values())[:50] for path in _paths(house, tally, snapshot)}
    return Vocabulary(tuple(sorted(newest)), tuple(sorted(found)))


def _paths(house: House, tally: Tally, snapshot: int) -> set[str]:
    return {path for event in _newest(house, tally, snapshot) for path in event.properties}


def _newest(house: House, tally: Tally, snapshot: int) -> Sequence[StoredEvent]:
    """Return the last events of an account and code, looking back further until there are some."""
    found: list[StoredEvent] = []
    for span in _SPANS:
        since = max(tally.last - int(span.total_seconds()) * 10**6, tally.first)
        search = Search(
            accounts=(tally.account or "",), metrics=(tally.metric or "",), since=since, limit=_LOOKED_AT
        )
        found = list(house.events.events(search, snapshot))
        if len(found) >= _SHOWN or since == tally.first:
            break
    return found[-_SHOWN:]


def _usage(house: House, metric: Metric, account: str, tally: Tally, snapshot: int) -> list[Usage]:
    """Return the usage of the last days, then of each of them."""
    utc = zone("UTC")
    last = from_micros(tally.last).astimezone(utc)
    end = last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    whole = Period(end - timedelta(days=DAYS), end)
    asks = [
        Ask(customer=account, metric=metric, accounts=(account,), period=period, timezone="UTC")
        for period in (whole, *buckets(whole, "day", utc))
    ]
    return [one.usage[0] for one in measure(house, asks, snapshot)]
