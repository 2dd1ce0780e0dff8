"""Times as event files write them, read as microseconds since 1970 UTC."""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal

from usagebill_tui.domain.quantity import parse_decimal
from usagebill_tui.domain.zones import from_local, to_micros, zone
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.types import Options, TimeUnit
from usagebill_tui.events.unreadable import Unreadable, shown

_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_POWERS = {"s": 6, "ms": 3, "us": 0, "ns": -3}
_CUT = Context(prec=60, rounding=ROUND_FLOOR)
_SECOND = 1_000_000
_HOUR = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)
FIRST = to_micros(datetime(1, 1, 1, tzinfo=UTC))
LAST = to_micros(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
"""No event is before the first or after the last."""
_CACHED = 10_000
_NUMBER_TEXT = 100


class Timestamps:
    """Reads times the way an import's options say; raises InvalidInput for an unknown time zone.

    `time_unit` is that of numbers where the options name none. Times without an offset are in the `zone`;
    `is_utc` tells whether that is UTC. `power` is by which power of ten a number is multiplied to be
    microseconds (None: none is read).
    """

    def __init__(self, options: Options, time_unit: TimeUnit | None = None) -> None:
        self.zone = zone(options.timezone)
        self.is_utc = options.timezone in ("UTC", "Etc/UTC")
        unit = options.time_unit or time_unit
        self.power = _POWERS[unit] if unit else None
        self._twice = options.ambiguous_time
        self._skipped = options.nonexistent_time
        self._hours: dict[tuple[str, str, str], int] = {}

    def read(self, value: object) -> int:
        """Return microseconds since 1970 UTC, finer fractions cut; raises Unreadable with the reason."""
        if isinstance(value, str):
            match = _TIME.fullmatch(value)
            micros = self._number_text(value) if match is None else self._moment(match)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            micros = self._number(Decimal(value))
        else:
            raise Unreadable("timestamp is neither a text nor a number")
        if not FIRST <= micros <= LAST:
            raise Unreadable(f"timestamp {shown(str(value)[:_NUMBER_TEXT])} is outside the years 1 to 9999")
        return micros

    def _moment(self, match: re.Match[str]) -> int:
        date, hour, minute, second, fraction, offset = match.groups("")
        if minute > "59" or second > "59":
            raise _beyond_clock(second, match[0])
        micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
        if second:
            micros += int(second) * _SECOND
        if minute:
            micros += int(minute) * 60 * _SECOND
        key = (date, hour, offset)
        start = self._hours.get(key)
        return micros + start if start is not None else self._new_hour(key, micros, match[0])

    def _new_hour(self, key: tuple[str, str, str], micros: int, text: str) -> int:
        """Return the time so long into an hour, and remember where that begins if that settles all of it."""
        date, hour, offset = key
        clock = _clock(date, hour, text)
        if offset or self.is_utc:
            start = to_micros(clock.replace(tzinfo=UTC)) - _offset(offset, text)
        elif self._even(clock):
            start = self._local(clock)
        else:
            return self._local(clock + micros * _MICROSECOND)
        if len(self._hours) >= _CACHED:
            self._hours.clear()
        self._hours[key] = start
        return start + micros

    def _even(self, clock: datetime) -> bool:
        """Tell whether the zone's clock runs evenly through this hour: its start then settles all of it."""
        try:
            last = self._local(clock + (_HOUR - _MICROSECOND))
            return last - self._local(clock) == _HOUR // _MICROSECOND - 1
        except Unreadable:
            return False

    def _local(self, clock: datetime) -> int:
        try:
            return to_micros(from_local(clock, self.zone))
        except InvalidInput as error:
            one, other = (self._instant(clock, fold) for fold in (0, 1))
            option = "nonexistent" if one > other else "ambiguous"
            choice = self._skipped if one > other else self._twice
            if choice == "reject":
                raise Unreadable(f"timestamp {error}, or say --{option}-time") from None
            return min(one, other) if choice == "earlier" else max(one, other)

    def _instant(self, clock: datetime, fold: int) -> int:
        """Return the instant of a local time by the zone's offset before a change, or after it."""
        try:
            return to_micros(clock.replace(tzinfo=self.zone, fold=fold))
        except OverflowError:
            raise Unreadable(f"timestamp {clock.isoformat()} is outside the years 1 to 9999") from None

    def _number_text(self, text: str) -> int:
        number = parse_decimal(text)
        if number is None:
            raise Unreadable(f"timestamp {shown(text)} is not a time; write it like 2026-10-01T12:30:00Z")
        return self._number(number)

    def _number(self, number: Decimal) -> int:
        if self.power is None:
            raise Unreadable(f"timestamp {shown(str(number)[:_NUMBER_TEXT])} is a number; say --time-unit")
        if number.adjusted() > 30:  # noqa: PLR2004 - no unit makes this a year that exists
            raise Unreadable(f"timestamp {shown(str(number)[:_NUMBER_TEXT])} is outside the years 1 to 9999")
        if number.adjusted() < -30:  # noqa: PLR2004 - less than any unit's microsecond
            return -1 if number < 0 else 0
        return int(_CUT.scaleb(number, self.power).to_integral_value(ROUND_FLOOR))


def _beyond_clock(second: str, text: str) -> Unreadable:
    if second == "60":
        return Unreadable(f"timestamp {shown(text)} is a leap second; write second 59")
    return Unreadable(f"timestamp {shown(text)} does not exist on the clock")


def _clock(date: str, hour: str, text: str) -> datetime:
    """Return what a clock shows at the hour; raises Unreadable for a day or an hour that does not exist."""
    if hour == "24":
        raise Unreadable(f"timestamp {shown(text)} has the hour 24; write 00:00 of the next day")
    try:
        return datetime.fromisoformat(f"{date}T{hour or '00'}")
    except ValueError:
        raise Unreadable(f"timestamp {shown(text)} does not exist in the calendar or on the clock") from None


def _offset(offset: str, text: str) -> int:
    """Return an offset from UTC in microseconds."""
    if offset in "Zz":
        return 0
    digits = offset[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - the clock's own limits
        raise Unreadable(f"timestamp {shown(text)} has an offset beyond 23:59")
    size = (hours * 60 + minutes) * 60 * _SECOND
    return -size if offset[0] == "-" else size
