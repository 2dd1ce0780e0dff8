"""What an event store says of events on their way to an invoice: how many are where, and which ones."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol

import msgspec

from usagebill_tui.domain.metric import Metric
from usagebill_tui.eventstore.types import StoredEvent

Found = Literal["usable", "missing", "unusable"]
"""What became of the property that a metric reads: read, not there, or there and not what is needed."""
Reads = Literal["nothing", "number", "text"]


class Census(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to tally: those in [since, until), None for all; times are microseconds since 1970 UTC.

    `inside` is a span of time that is counted apart. Events of the accounts `together` are only counted, in
    one row.
    """

    snapshot: int
    since: int | None = None
    until: int | None = None
    inside: tuple[int, int] = (0, 0)
    together: Collection[str] = ()


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many events carry an account and a metric code, and how many of them lie inside the span.

    `first` and `last` are their times. Of the accounts counted together only how many is told: `account` and
    `metric` are None, the others 0.
    """

    account: str | None
    metric: str | None
    events: int
    inside: int
    first: int
    last: int


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """The events of an account and a metric code in [since, until), microseconds since 1970 UTC."""

    account: str
    metric: str
    since: int
    until: int


class Sieve(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric asks of the events of some accounts, and the instants that cut time into spans.

    Span k is the time from `edges[k - 1]` up to, not including, `edges[k]`; the first and the last are open.
    """

    metric: Metric
    reads: Reads
    accounts: tuple[str, ...]
    edges: tuple[int, ...]
    snapshot: int


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Events alike in everything that decides about them; `first` and `last` are their times.

    `unmet` is the place of the first condition that does not hold, among the metric's filters and then its
    exclusions; None where all hold.
    """

    span: int
    account: str
    found: Found
    unmet: int | None
    events: int
    first: int
    last: int


class Disputed(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries of some events did not count for their other content, and one of them."""

    events: int
    example: StoredEvent | None = None


class Funnel(Protocol):
    """Where events are lost on their way from a file to an invoice."""

    def tally(self, census: Census) -> list[Tally]:
        """Count events by account and metric code, ordered by both, those counted together first."""

    def stretches(self, stretches: Sequence[Stretch], snapshot: int) -> list[Tally | None]:
        """Tally each stretch, in the order given; None for one without events."""

    def cells(self, sieve: Sieve) -> list[Cell]:
        """Count the metric's events of some accounts, ordered by span, account and what befell them."""

    def events(
        self, sieve: Sieve, cells: Collection[Cell], limit: int | None = None
    ) -> Iterator[StoredEvent]:
        """Yield the events that these cells count, ordered by (timestamp, source, id)."""

    def first(self, account: str, metric: str, at: int, snapshot: int) -> StoredEvent | None:
        """Return the first event, by (source, id), of an account and a metric code at an instant."""

    def disputed(self, accounts: Collection[str], metric: str | None) -> Disputed:
        """Count the deliveries, of imports not taken back, that lost against other content."""


def tally_of(row: tuple[Any, ...]) -> Tally:
    """Return the tally that a row of account, metric, events, inside, first and last is."""
    account, metric, events, inside, first, last = row
    if account is None:
        return Tally(account=None, metric=None, events=events, inside=0, first=0, last=0)
    return Tally(account=account, metric=metric, events=events, inside=inside, first=first, last=last)


def cells_of(rows: Iterable[tuple[Any, ...]]) -> list[Cell]:
    """Return the cells that rows of span, account, found, unmet, events, first and last are, in order."""
    cells = [
        Cell(span=span, account=account, found=found, unmet=unmet, events=events, first=first, last=last)
        for span, account, found, unmet, events, first, last in rows
    ]
    return sorted(cells, key=_place)


def _place(cell: Cell) -> tuple[int, str, str, int]:
    return cell.span, cell.account, cell.found, -1 if cell.unmet is None else cell.unmet
