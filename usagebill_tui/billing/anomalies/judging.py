"""Is a day unusual, by the days before it? Medians and their deviations, so that no outlier hides another."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from usagebill_tui.billing.anomalies.thresholds import Thresholds
from usagebill_tui.domain.quantity import exact_arithmetic

Basis = Literal["same weekdays", "all days"]

ALL_DAYS = 28
"""How many of the last days stand in where there are too few of the same weekday."""
_NORMAL = Decimal("1.4826")
_NOTHING = Decimal(0)
_WEEK = 7
_RARELY = 8


class Usual(msgspec.Struct, frozen=True):
    """What a day is compared with: the median of earlier days, their spread, how many are zero, how many.

    `largest` is the largest of these days; where the median is zero, of the whole history.
    """

    median: Decimal
    spread: Decimal
    largest: Decimal
    zeros: int
    count: int
    basis: Basis


class Judged(msgspec.Struct, frozen=True):
    """An unusual day, by its number, or a drop to zero that goes on for some days."""

    day: int
    kind: Literal["spike", "drop"]
    seen: Decimal
    usual: Usual
    days: int = 1


class Series(msgspec.Struct, frozen=True):
    """Usage by the number of the day; days without any are zero from `since`, the first day known, on.

    `expected` are the days on which usage is to be expected.
    """

    units: Mapping[int, Decimal]
    since: int
    expected: Sequence[range]


def judged(series: Series, days: range, limits: Thresholds) -> Iterator[Judged]:
    """Yield the unusual days among `days`, in order."""
    with exact_arithmetic():
        found = list(_found(series, days, limits))
    yield from found


def _found(series: Series, days: range, limits: Thresholds) -> Iterator[Judged]:
    gone: set[int] = set()  # days of drops that were told: no measure for later days
    for day in days:
        seen = series.units.get(day, _NOTHING)
        if seen > 0 and seen >= limits.floor:
            usual = None if _ordinary(series, day, seen, limits) else usual_before(series, day, limits, gone)
            if usual is not None and is_spike(seen, usual, limits):
                yield Judged(day, "spike", seen, usual)
        elif not seen and day not in gone and _expected(series, day):
            usual = usual_before(series, day, limits, gone)
            if usual is not None and is_drop(usual, limits):
                dropped = range(day, _end_of_drop(series, day, days.stop))
                gone.update(dropped)
                yield Judged(day, "drop", seen, usual, len(dropped))


def is_spike(seen: Decimal, usual: Usual, limits: Thresholds) -> bool:
    """Tell whether so much is out of the usual; where that is nothing, it is held against the largest day."""
    level = usual.median or usual.largest
    return seen > level * limits.times and seen > usual.median + usual.spread * limits.spreads


def is_drop(usual: Usual, limits: Thresholds) -> bool:
    """Tell whether nothing is out of the usual: there was enough, and hardly ever nothing."""
    return usual.median > 0 and usual.median >= limits.floor and usual.zeros <= usual.count // _RARELY


def usual_before(series: Series, day: int, limits: Thresholds, without: Collection[int] = ()) -> Usual | None:
    """Return what is usual for a day, by the days before it but some; None where too few days are known."""
    earlier, basis = _earlier(series, day, limits)
    left = [one for one in earlier if one not in without]
    if not left or (basis == "all days" and len(left) < limits.history):
        return None
    values = sorted(_units(series, left))
    middle = median(values)
    spread = _NORMAL * median(sorted(abs(value - middle) for value in values))
    whole = range(max(series.since, day - limits.weeks * _WEEK), day)
    largest = values[-1] if middle else max(_units(series, whole))
    return Usual(middle, spread, largest, sum(not value for value in values), len(values), basis)


def _earlier(series: Series, day: int, limits: Thresholds) -> tuple[range, Basis]:
    alike = range(day - _WEEK, max(series.since, day - limits.weeks * _WEEK) - 1, -_WEEK)
    if len(alike) >= limits.weekdays:
        return alike, "same weekdays"
    return range(max(series.since, day - ALL_DAYS), day), "all days"


def _ordinary(series: Series, day: int, seen: Decimal, limits: Thresholds) -> bool:
    """Tell, without sorting, of most days that they are no spike: not even beside the smallest before."""
    earlier, _ = _earlier(series, day, limits)
    return not earlier or seen <= limits.times * min(_units(series, earlier))


def _units(series: Series, days: Iterable[int]) -> list[Decimal]:
    return [series.units.get(day, _NOTHING) for day in days]


def median(ordered: Sequence[Decimal]) -> Decimal:
    """Return the middle of some numbers in order, or the middle of the two there."""
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


def _expected(series: Series, day: int) -> bool:
    return any(day in days for days in series.expected)


def _end_of_drop(series: Series, day: int, stop: int) -> int:
    while day < stop and not series.units.get(day) and _expected(series, day):
        day += 1
    return day
