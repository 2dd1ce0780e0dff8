"""What passes between the use cases and an event store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from usagebill_tui.domain.aggregation import AnyAggregation, MeasuredPeriod
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.narrowing import Conditions
from usagebill_tui.domain.properties import Value
from usagebill_tui.store.manifest import BatchFile, Counts

OnConflict = Literal["keep-first", "replace", "fail"]
PART = ""
"""What stands among the paths of groups for the part of a price; no property has such a path."""


class Window(msgspec.Struct, frozen=True, gc=False):
    """A span to aggregate over: events of any of `accounts` in [since, until), microseconds since 1970 UTC.

    `key` comes back with the result. `since` lies before the period where a metric carries its state, so
    `period` says what the value is for; without it, that is the span itself.
    """

    key: int
    accounts: tuple[str, ...]
    since: int
    until: int
    period: MeasuredPeriod | None = None

    def measured(self) -> MeasuredPeriod:
        """Return the period that the value is for."""
        if self.period is not None:
            return self.period
        return MeasuredPeriod(start=self.since, until=self.until, length=self.until - self.since)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One metric over many windows, as of a snapshot, broken down by the texts of `group_by` paths.

    `only` are the texts (None: missing) that properties must have besides, those of one group. With `parts`,
    the last of a group is the place of the first of these conditions that its events fulfil, None for none.
    """

    metric: Metric
    aggregation: AnyAggregation
    params: msgspec.Struct
    windows: Sequence[Window]
    group_by: tuple[str, ...] = ()
    only: Mapping[str, str | None] = {}
    parts: tuple[Conditions, ...] = ()
    snapshot: int

    @property
    def groups(self) -> tuple[str, ...]:
        """Return what tells groups apart: the paths of `group_by`, and then the part."""
        return (*self.group_by, PART) if self.parts else self.group_by

    @property
    def told(self) -> tuple[str, ...]:
        """Return the paths by which groups are told and held."""
        return (*self.group_by, *self.only, *(path for part in self.parts for path in part))


class Answer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A metric's value in one window and group; windows without events have no answer.

    `units` is before usage rounding. `events` counted, `left_out` matched without a usable property.
    `failure` is why its aggregation type could make no value of them.
    """

    key: int
    group: tuple[str | None, ...]
    units: Decimal | None
    events: int
    left_out: int
    failure: str | None = None


class DayTotal(NamedTuple):
    """What a metric's events of one day come to in a window; days without events have no total.

    `day` is the number of the day: days of 24 hours, counted from the start of the window's period. `events`
    counted; `units` is their measure, None where there is no value.
    """

    key: int
    day: int
    events: int
    units: Decimal | None


class Epoch(msgspec.Struct, frozen=True):
    """A span of time, microseconds in [since, until), that was looked at as of a snapshot."""

    snapshot: int
    since: int
    until: int


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A window that was aggregated as of a snapshot: events with this metric code of any of `accounts`."""

    key: int
    accounts: tuple[str, ...]
    metric: str
    since: int
    until: int
    snapshot: int


class Change(msgspec.Struct, frozen=True):
    """How many events a batch, an import or an undoing, brought into a window and took out of it."""

    key: int
    batch: int
    added: int
    hidden: int


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is kept; `timestamp` in microseconds since 1970 UTC."""

    batch: int
    source: str
    id: str
    account: str
    metric: str
    timestamp: int
    properties: Mapping[str, Value]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to look at: None does not restrict. Times are microseconds, [since, until)."""

    accounts: tuple[str, ...] | None = None
    metrics: tuple[str, ...] | None = None
    since: int | None = None
    until: int | None = None
    limit: int | None = None


class Timed(NamedTuple):
    """A number, the instant of its event, and the group that it is of."""

    at: datetime
    number: Decimal
    group: tuple[str | None, ...] = ()


class Conflict(msgspec.Struct, frozen=True):
    """One identity delivered with two contents: what counts (`stored`) and what came (`incoming`)."""

    file: str
    line: int
    stored: StoredEvent
    incoming: StoredEvent


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What an import hands over with its rows."""

    files: tuple[BatchFile, ...]
    format: str
    on_conflict: OnConflict = "keep-first"
    dry_run: bool = False
    max_rejects: int | None = None
    expect_rows: int | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did; `batch` is None for a dry run. `examples` are some of the conflicts."""

    batch: int | None
    counts: Counts
    examples: tuple[Conflict, ...] = ()
