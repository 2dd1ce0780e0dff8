"""What an event store shows to people who browse: pages of events, latest first, and how many there are."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from usagebill_tui.domain.paging import PageFound
from usagebill_tui.eventstore.types import StoredEvent


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to show: None does not restrict. Times are microseconds, [since, until).

    `text` is held by the account or the metric code, upper or lower case alike; `id` is how an id begins.
    """

    accounts: tuple[str, ...] | None = None
    metrics: tuple[str, ...] | None = None
    since: int | None = None
    until: int | None = None
    text: str = ""
    id: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a list shows it: its properties, or the first of very many, as texts."""

    batch: int
    source: str
    id: str
    account: str
    metric: str
    timestamp: int
    properties: Mapping[str, str]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`limit` events from `offset`, by (timestamp, source, id): the latest first, or the earliest."""

    earliest_first: bool = False
    offset: int = 0
    limit: int = 200


class Browser(Protocol):
    """Pages of events as of a snapshot."""

    def page(self, sought: Sought, order: Order, snapshot: int) -> PageFound[Line]:
        """Return a page of the events sought, how many those are, and how many events there are."""

    def event(self, line: Line, snapshot: int) -> StoredEvent | None:
        """Return an event of a page with all its properties; None where it does not count any more."""

    def counts(self, edges: Sequence[int], snapshot: int) -> list[int]:
        """Count the events between each two of these rising instants, in microseconds, [since, until)."""
