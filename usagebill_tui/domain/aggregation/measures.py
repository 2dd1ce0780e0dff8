"""The closed vocabulary of measures: all that an aggregation type may ask of an event store.

Measures are plain data. The event store translates them, so an aggregation runs where the events are.
All are exact. Properties are named by their path. A number is read from a number or from a text that
spells one; events where the path is missing, null or unreadable are left out of that measure.
"""

import msgspec


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


Measure = Count | Sum | Min | Max | Values | Latest | Distinct
