"""Clocks that were another zone's up to a day: how a change of a customer's time zone takes effect."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Self
from zoneinfo import ZoneInfo

UNTIL = " until "
THEN = ", then "


class SwitchedZone(ZoneInfo):
    """A zone whose clock was another's before an instant, as if a place had changed its offset then."""

    before: ZoneInfo
    after: ZoneInfo
    at: datetime

    @classmethod
    def made(cls, before: ZoneInfo, after: ZoneInfo, at: datetime) -> Self:
        """Return the clock of `before` up to an instant (UTC), and that of `after` from it on."""
        zone = cls.no_cache(after.key)
        zone.before, zone.after, zone.at = before, after, at
        return zone

    def utcoffset(self, dt: datetime | None, /) -> timedelta | None:
        """Return the offset at a local time; of one that is shown twice, `fold` says which is meant."""
        return None if dt is None else self._shown(dt).utcoffset(dt)

    def dst(self, dt: datetime | None, /) -> timedelta | None:
        """Return the offset's part that is daylight saving."""
        return None if dt is None else self._shown(dt).dst(dt)

    def tzname(self, dt: datetime | None, /) -> str | None:
        """Return what the zone is called at a local time."""
        return None if dt is None else self._shown(dt).tzname(dt)

    def fromutc(self, dt: datetime, /) -> datetime:
        """Return what the clock shows at an instant."""
        instant = dt.replace(tzinfo=UTC)
        early = instant < self.at
        local = instant.astimezone(self.before if early else self.after)
        again = not early and _instant(local, self.before) < self.at
        return local.replace(tzinfo=self, fold=1 if again else local.fold)

    def _shown(self, dt: datetime) -> tzinfo:
        """Return the zone whose clock shows a local time; of none or both, `fold` decides."""
        early, late = _instant(dt, self.before) < self.at, _instant(dt, self.after) >= self.at
        if early != late:
            return self.before if early else self.after
        return self.after if dt.fold else self.before


def named(zones: Sequence[tuple[str, date]], last: str) -> str:
    """Name a clock: `UTC until 2026-12-01, then Asia/Tokyo`."""
    return "".join(f"{name}{UNTIL}{day}{THEN}" for name, day in zones) + last


def _instant(face: datetime, zone: ZoneInfo) -> datetime:
    return face.replace(tzinfo=zone).astimezone(UTC)
