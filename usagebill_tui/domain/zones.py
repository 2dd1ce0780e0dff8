"""Time zones: between instants (UTC, microseconds) and the days and hours of a customer's clock."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from usagebill_tui.domain.names import nearest
from usagebill_tui.domain.switched_zones import THEN, UNTIL, SwitchedZone
from usagebill_tui.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_NAME = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,3}")
# Names whose rules depend on the machine or count leap seconds: no bill may rest on them.
_UNFIT = re.compile(r"(?:posix|right)/.*|localtime|posixrules|Factory")


@contextmanager
def within_calendar() -> Iterator[None]:
    """Turn a result outside the years 1 to 9999 into InvalidInput."""
    try:
        yield
    except OverflowError:
        raise InvalidInput("a time outside the years 1 to 9999", mend="use a date further inside") from None


@lru_cache(maxsize=10_000)  # asked for several times a line of an invoice; errors are not kept
def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name; raises InvalidInput, with the nearest one, for an unknown name.

    A clock that was another zone's before is named as `switched_zones.named` writes it.
    """
    if THEN in name:
        return _switched(name)
    if _NAME.fullmatch(name) and not _UNFIT.fullmatch(name):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError, ValueError):
            pass
    known = (candidate for candidate in available_timezones() if not _UNFIT.fullmatch(candidate))
    match = nearest(name[:64], sorted(known))
    mend = f"did you mean {match!r}?" if match else "use an IANA name such as Europe/Berlin"
    raise InvalidInput(f"unknown time zone {name[:64]!r}", mend=mend)


@lru_cache(maxsize=10_000)  # equal names have to be one zone: what is cached by zone is shared
def _switched(name: str) -> ZoneInfo:
    """Return the clock of several zones; the old and the new one both show the day of the change as begun."""
    first, *others = name.split(THEN)
    current, _, day = first.partition(UNTIL)
    found = zone(current)
    for other in others:
        current, _, following = other.partition(UNTIL)
        new, boundary = zone(current), date.fromisoformat(day)
        at = max(start_of_day(boundary, found), start_of_day(boundary, new))
        found, day = SwitchedZone.made(found, new, at), following
    return found


def to_micros(instant: datetime) -> int:
    """Return the microseconds since 1970 UTC of an aware instant, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the instant that lies so many microseconds after 1970 UTC; InvalidInput beyond the calendar."""
    with within_calendar():
        return _EPOCH + timedelta(microseconds=micros)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant (UTC) of a calendar day in a zone.

    Midnight that does not exist: when the clock was set past it. Midnight that exists twice: the first.
    A day that the zone skipped starts, and ends, where the next one starts.
    """
    midnight = datetime.combine(day, time(), zone)
    with within_calendar():
        instant = midnight.astimezone(UTC)
        later = midnight.replace(fold=1).astimezone(UTC)
    return instant if instant <= later else offset_change(later, instant, zone)


@lru_cache(maxsize=10_000)  # thousands of customers share zones, periods and today
def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the day, as bounded by `start_of_day`, that an instant belongs to.

    It differs from the date on the wall only where a clock set back past midnight shows the old date again.
    """
    with within_calendar():
        day = instant.astimezone(zone).date()
    while day < date.max and start_of_day(day + _DAY, zone) <= instant:
        day += _DAY
    return day


def next_hour(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clock hour of an instant ends: on the hour, or sooner where the clock leaves it."""
    with within_calendar():
        face = _face(instant, zone)
        hour = _hour(face)
        full = instant + (hour + timedelta(hours=1) - face)
    last = full - _MICROSECOND
    if _offset(last, zone) == _offset(instant, zone):
        return full
    change = offset_change(instant, last, zone)
    set_forward = _offset(change, zone) > _offset(instant, zone)
    return next_hour(change, zone) if set_forward and _hour(_face(change, zone)) == hour else change


def from_local(clock: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) of a naive local time; InvalidInput for one skipped or shown twice."""
    with within_calendar():
        first = clock.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = clock.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return first
    one, other = first.astimezone(zone).isoformat(), second.astimezone(zone).isoformat()
    if first > second:
        raise InvalidInput(
            f"{clock.isoformat()} does not exist in {zone.key}: clocks were set past it",
            mend=f"add the offset that is meant, or write {one}",
        )
    raise InvalidInput(f"{clock.isoformat()} exists twice in {zone.key}", mend=f"write {one} or {other}")


def offset_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant in (before, after] from which the zone's offset is no longer that at `before`.

    The two ends must differ in offset and hold one change between them.
    """
    low, high = to_micros(before), to_micros(after)
    old = _offset(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(from_micros(middle), zone) == old:
            low = middle
        else:
            high = middle
    return from_micros(high)


def _face(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock shows, naive."""
    with within_calendar():
        return instant.astimezone(zone).replace(tzinfo=None)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return _face(instant, zone).replace(tzinfo=UTC) - instant


def _hour(face: datetime) -> datetime:
    return face.replace(minute=0, second=0, microsecond=0, fold=0)
