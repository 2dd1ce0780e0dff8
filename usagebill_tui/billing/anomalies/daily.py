"""Usage per day of many customers, from one question to the event store for each metric."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.anomalies.scope import Subject
from usagebill_tui.billing.house import House
from usagebill_tui.domain.aggregation import Count, Max, MeasuredPeriod, NoParameters, Sum
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.zones import from_micros, offset_change, to_micros, zone
from usagebill_tui.errors import UsagebillError
from usagebill_tui.eventstore.types import Question, Window

_DAY = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_HALF_A_DAY = _DAY // 2


class Stretch(NamedTuple):
    """Time in which a zone's clock is not changed, in microseconds; `midnight` begins its first day."""

    since: int
    until: int
    midnight: int
    day: int


def measure_of(metric: Metric) -> Count | Sum | Max:
    """Return what a day is judged by: sums and maxima by their units, all else by how many events count."""
    if metric.property is not None and metric.aggregation in {"sum", "max"}:
        return Sum(metric.property) if metric.aggregation == "sum" else Max(metric.property)
    return Count()


def daily_units(
    house: House, metric: Metric, subjects: Sequence[Subject], snapshot: int
) -> dict[int, dict[int, Decimal]]:
    """Return, by each subject's place, its units by `date.toordinal`; days without events are left out."""
    windows: list[Window] = []
    origins: list[tuple[int, int]] = []
    for place, subject in enumerate(subjects):
        whole = subject.span(range(subject.history.start, subject.days.stop))
        for stretch in stretches(*whole, subject.customer.timezone):
            windows.append(_window(len(windows), subject, stretch))
            origins.append((place, stretch.day))
    measure = measure_of(metric)
    found: dict[int, dict[int, Decimal]] = defaultdict(dict)
    with exact_arithmetic():
        for total in house.events.daily(_question(house, metric, windows, snapshot), measure):
            value = Decimal(total.events) if isinstance(measure, Count) else total.units
            if value is not None:
                place, first = origins[total.key]
                _put(found[place], first + total.day, value, measure)
    return found


def _question(house: House, metric: Metric, windows: Sequence[Window], snapshot: int) -> Question:
    """Return the question; where a metric's plugin is gone, all that meet its conditions count."""
    with suppress(UsagebillError):
        aggregation = house.registry.aggregation(metric.aggregation)
        return Question(
            metric=metric, aggregation=aggregation, params=NoParameters(), windows=windows, snapshot=snapshot
        )
    return _question(house, msgspec.structs.replace(metric, aggregation="count"), windows, snapshot)


def _put(days: dict[int, Decimal], day: int, value: Decimal, measure: Count | Sum | Max) -> None:
    """Note what a day comes to; one on which the clock was changed comes in two parts."""
    known = days.get(day)
    if known is not None:
        value = max(known, value) if isinstance(measure, Max) else known + value
    days[day] = value


def _window(key: int, subject: Subject, stretch: Stretch) -> Window:
    period = MeasuredPeriod(
        start=stretch.midnight,
        until=stretch.until,
        length=stretch.until - stretch.midnight,
        timezone=subject.customer.timezone,
    )
    return Window(key, subject.accounts, stretch.since, stretch.until, period)


@lru_cache(maxsize=1_000)
def stretches(since: int, until: int, timezone: str) -> tuple[Stretch, ...]:
    """Cut time where a zone's clock is changed, so that days in between are 24 hours long."""
    return tuple(_stretches(since, until, timezone))


def _stretches(since: int, until: int, timezone: str) -> Iterator[Stretch]:
    local = zone(timezone)
    at, here = since, since
    while here < until:
        later = min(until, here + _HALF_A_DAY)
        if _offset(later - 1, timezone) != _offset(at, timezone):
            change = to_micros(offset_change(from_micros(here), from_micros(later - 1), local))
            yield _stretch(at, change, timezone)
            at = here = change
        else:
            here = later
    if at < until:
        yield _stretch(at, until, timezone)


def _stretch(since: int, until: int, timezone: str) -> Stretch:
    offset = _offset(since, timezone)
    number = (since + offset) // _DAY
    return Stretch(since, until, number * _DAY - offset, _EPOCH_DAY + number)


def _offset(micros: int, timezone: str) -> int:
    offset = from_micros(micros).astimezone(zone(timezone)).utcoffset() or timedelta()
    return offset // timedelta(microseconds=1)
