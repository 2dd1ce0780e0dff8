"""The closed vocabulary of measures: all that an aggregation type may ask of an event store.

Measures are plain data. The event store translates them, so an aggregation runs where the events are.
All are exact. Properties are named by their path. A number is read from a number or from a text that
spells one; events where the path is missing, null or unreadable are left out of that measure.

The vocabulary is a promise to the authors of plugins: what is in it stays and keeps its meaning as long as
the version of the plugin interface does. More may be added.
"""

from decimal import Decimal

import msgspec

from usagebill_tui.domain.quantity import FRACTION_DIGITS, round_to

_WHOLE = 100


class Count(msgspec.Struct, frozen=True):
    """How many events matched."""


class Sum(msgspec.Struct, frozen=True):
    """The sum of a number; None over no values."""

    property: str


class Min(msgspec.Struct, frozen=True):
    """The smallest number; None over no values."""

    property: str


class Max(msgspec.Struct, frozen=True):
    """The largest number; None over no values."""

    property: str


class Values(msgspec.Struct, frozen=True):
    """How many events had a readable number."""

    property: str


class Latest(msgspec.Struct, frozen=True):
    """The number of the event that is last by (timestamp, source, id); None over no values."""

    property: str


class Distinct(msgspec.Struct, frozen=True):
    """How many different values there are, compared as text.

    With `operation`, the path of a property, a value whose last event by (timestamp, source, id) says
    `remove` there does not count.
    """

    property: str
    operation: str | None = None


class NearestRank(msgspec.Struct, frozen=True):
    """The number at rank ⌈percent ÷ 100 × n⌉ of all n numbers in ascending order; None over no values.

    `percent` is above 0 and at most 100, with up to 18 digits after the point; else ValueError is raised.
    """

    property: str
    percent: Decimal

    def __post_init__(self) -> None:
        """Refuse a percent that names no rank."""
        check_percent(self.percent)

    def share(self) -> tuple[int, int]:
        """Return percent ÷ 100 as numerator and denominator."""
        numerator, denominator = self.percent.as_integer_ratio()
        return numerator, denominator * _WHOLE

    def rank(self, count: int) -> int:
        """Return the rank among so many numbers, from 1."""
        numerator, denominator = self.share()
        return -(-numerator * count // denominator)


class TimeWeighted(msgspec.Struct, frozen=True):
    """The average over time of a level that each event changes by a number; None over no values.

    It is Σ change × time held ÷ length of the full period. A change is held from its event, or from the
    period's start where that is later, up to where the period is held (`MeasuredPeriod.until`).
    """

    property: str


Measure = Count | Sum | Min | Max | Values | Latest | Distinct | NearestRank | TimeWeighted
"""All that can be measured."""


def check_percent(percent: object) -> None:
    """Raise ValueError unless a percent is above 0 and at most 100, of up to 18 digits after the point."""
    if not isinstance(percent, Decimal) or not percent.is_finite() or not 0 < percent <= _WHOLE:
        raise ValueError(f"the percent must be a Decimal above 0 and at most 100, not {percent!r}")
    if percent != round_to(percent, FRACTION_DIGITS):
        raise ValueError(
            f"the percent may have up to {FRACTION_DIGITS} digits after the point, not {percent}"
        )


def paths_read(measure: Measure) -> tuple[str, ...]:
    """Return the paths of the properties that a measure reads."""
    match measure:
        case Count():
            return ()
        case Distinct(path, operation):
            return (path,) if operation is None else (path, operation)
        case _:
            return (measure.property,)
