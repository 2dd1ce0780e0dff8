"""Periods: half-open spans of calendar days and of instants, and how billing cycles cut time into them."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from usagebill_tui.domain.product import Interval
from usagebill_tui.domain.zones import from_local, local_day, next_hour, start_of_day, within_calendar
from usagebill_tui.errors import InvalidInput

Bucket = Literal["hour", "day", "week", "month"]

_DAY = timedelta(days=1)
_MONTHS: dict[Interval, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_NAMED = re.compile(r"([0-9]{4})(?:-([0-9]{2})|-[Qq]([1-4]))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_INSTANT = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[Tt ]({_CLOCK})"
    rf"(?:(:[0-5][0-9])(?:\.([0-9]{{1,40}}))?)?([Zz]|[+-]{_CLOCK})?"
)
_PERIOD_MEND = "write it like 2026-10, 2026-Q3, 2026 or 2026-10-01..2026-11-01"
_INSTANT_MEND = "write it like 2026-10-01 or 2026-10-01T12:30:00Z"


class Days(msgspec.Struct, frozen=True, order=True, gc=False):
    """The calendar days from `first` up to, not including, `after`; none where `after` is not later."""

    first: date
    after: date

    @property
    def count(self) -> int:
        """How many days these are."""
        return max(0, (self.after - self.first).days)

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.after

    def overlap(self, other: "Days") -> "Days | None":
        """Return the days that both have, None where there are none."""
        first, after = max(self.first, other.first), min(self.after, other.after)
        return Days(first, after) if first < after else None


class Period(msgspec.Struct, frozen=True, order=True, gc=False):
    """The instants (aware, UTC) from `start` up to, not including, `end`."""

    start: datetime
    end: datetime


@lru_cache(maxsize=10_000)  # thousands of customers share zones and periods
def instants(days: Days, zone: ZoneInfo) -> Period:
    """Return the instants that some calendar days cover in a zone."""
    return Period(start_of_day(days.first, zone), start_of_day(days.after, zone))


class Cycle(msgspec.Struct, frozen=True):
    """How a contract cuts its days into periods, endlessly in both directions.

    Without an anchor these are calendar periods: weeks from Monday, months from the 1st, quarters, half
    years and years from January. With one they are counted from it, each from the anchor itself, so that
    31 January is followed by 28 February and then 31 March. Periods that reach outside the years 1 to 9999
    raise InvalidInput.
    """

    interval: Interval
    anchor: date | None = None

    def containing(self, day: date) -> Days:
        """Return the period that a day is in."""
        return _containing(self, day)

    def following(self, days: Days) -> Days:
        """Return the period that holds the day after some days."""
        return self.containing(days.after)

    def ending_in(self, first: date, last: date) -> Iterator[Days]:
        """Yield the periods whose `after` is later than `first` and not later than `last`, in order."""
        for place in range(self._place(first)[0], self._place(last)[0]):
            yield self._days(place)

    def starting_in(self, first: date, after: date) -> Iterator[Days]:
        """Yield the periods whose first day is in [first, after), in order."""
        for place in range(self._next_start(first), self._next_start(after)):
            yield self._days(place)

    def _origin(self) -> date:
        # 1 January of the year 1 was a Monday, so calendar periods are those anchored there.
        return self.anchor or date.min

    def _place(self, day: date) -> tuple[int, bool]:
        """Return the number of the period that a day is in (0 from the anchor), and whether it starts it."""
        origin = self._origin()
        if self.interval == "week":
            place, rest = divmod((day - origin).days, 7)
            return place, rest == 0
        months = (day.year - origin.year) * 12 + day.month - origin.month
        place, rest = divmod(months, _MONTHS[self.interval])
        if rest:
            return place, False
        start = min(origin.day, monthrange(day.year, day.month)[1])
        return (place, day.day == start) if day.day >= start else (place - 1, False)

    def _next_start(self, day: date) -> int:
        place, starts = self._place(day)
        return place if starts else place + 1

    def _days(self, place: int) -> Days:
        return Days(self._start(place), self._start(place + 1))

    def _start(self, place: int) -> date:
        origin = self._origin()
        if self.interval == "week":
            with within_calendar():
                return origin + place * timedelta(weeks=1)
        months = origin.year * 12 + origin.month - 1 + place * _MONTHS[self.interval]
        year, month = divmod(months, 12)
        with within_calendar():
            if not date.min.year <= year <= date.max.year:
                raise OverflowError
            return date(year, month + 1, min(origin.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=10_000)  # thousands of contracts share their periods
def _containing(cycle: Cycle, day: date) -> Days:
    return cycle._days(cycle._place(day)[0])  # noqa: SLF001 - it is the method's own body


def buckets(period: Period, by: Bucket, zone: ZoneInfo) -> list[Period]:
    """Cut a period at the hours, days, weeks (from Monday) or months of a zone's clock.

    The first and the last are cut to the period; an hour that the clock repeats is two; none is empty.
    """
    edges = [period.start]
    for edge in _edges(period.start, by, zone):
        if edge >= period.end:
            break
        edges.append(edge)
    return [Period(start, end) for start, end in pairwise([*edges, period.end]) if start < end]


def _edges(start: datetime, by: Bucket, zone: ZoneInfo) -> Iterator[datetime]:
    if by == "hour":
        while True:
            start = next_hour(start, zone)
            yield start
    day = local_day(start, zone)
    cycle = None if by == "day" else Cycle(by)
    while True:
        with within_calendar():
            day = day + _DAY if cycle is None else cycle.containing(day).after
        yield start_of_day(day, zone)


def parse_period(text: str) -> Days:
    """Read `2026-10`, `2026-Q3`, `2026` or `2026-10-01..2026-11-01` (to, not including, the last)."""
    named = _NAMED.fullmatch(text)
    if named is not None:
        return _named_period(text, *named.groups())
    first, dots, after = text.partition("..")
    if not dots:
        raise InvalidInput(f"{text!r} is not a period", mend=_PERIOD_MEND)
    days = Days(_date(first, _PERIOD_MEND), _date(after, _PERIOD_MEND))
    if not days.count:
        raise InvalidInput(
            f"the period {text} has no days", mend="its second date must be later than its first"
        )
    return days


def _named_period(text: str, year: str, month: str | None, quarter: str | None) -> Days:
    number = int(month) if month else int(quarter) * 3 - 2 if quarter else 1
    interval: Interval = "month" if month else "quarter" if quarter else "year"
    try:
        first = date(int(year), number, 1)
    except ValueError:
        raise InvalidInput(f"{text!r} is not a period", mend=_PERIOD_MEND) from None
    return Cycle(interval).containing(first)


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """Read a date (the start of that day in the zone) or an RFC 3339 time (without offset: local) as UTC.

    Finer fractions than microseconds are cut. Raises InvalidInput, also for a local time that the clock
    skips or shows twice.
    """
    if _DATE.fullmatch(text):
        return start_of_day(_date(text, _INSTANT_MEND), zone)
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{text!r} is not a time", mend=_INSTANT_MEND)
    day, clock, seconds, fraction, offset = found.groups()
    micros = (fraction or "")[:6].ljust(6, "0")
    try:
        time = datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}.{micros}{(offset or '').upper()}")
    except ValueError:
        raise InvalidInput(f"{text!r} is not a time", mend=_INSTANT_MEND) from None
    if time.tzinfo is None:
        return from_local(time, zone)
    with within_calendar():
        return time.astimezone(UTC)


def rfc3339(instant: datetime) -> str:
    """Write an instant in UTC, with a fraction only where it has one: `2026-10-01T00:00:00Z`."""
    naive = instant.astimezone(UTC).replace(tzinfo=None)
    text = naive.isoformat()
    return f"{text.rstrip('0') if naive.microsecond else text}Z"


def _date(text: str, mend: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInput(f"{text!r} is not a date", mend=mend)
