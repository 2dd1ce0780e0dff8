"""Checked events: what reading a file yields and an event store keeps."""

from collections.abc import Mapping

import msgspec

from usagebill_tui.domain.properties import Value


class Event(msgspec.Struct, frozen=True, gc=False):
    """One checked event.

    `timestamp` is in microseconds since 1970 UTC. `content` is a digest (32 hex digits) of all but the
    identity's id; `id` is None where the row had none (the store then names it by content and place).
    """

    line: int
    source: str
    id: str | None
    account: str
    metric: str
    timestamp: int
    properties: Mapping[str, Value]
    content: str


class Reject(msgspec.Struct, frozen=True, gc=False):
    """One row that cannot be an event: where, why, its own text, and what must stand before that."""

    line: int
    reason: str
    raw: str
    head: str = ""


class Chunk(msgspec.Struct, frozen=True):
    """Some consecutive rows of one file. `rounded` counts numbers cut to 18 digits after the point."""

    events: list[Event]
    rejects: list[Reject]
    rounded: int

    @property
    def read(self) -> int:
        """Return how many rows these are."""
        return len(self.events) + len(self.rejects)


class Table(msgspec.Struct, frozen=True):
    """Rows that DuckDB makes of a file in an import's workplace, each of them a checked event.

    `query` has the columns line, source, id, account, metric, timestamp (in UTC) and those of `properties`,
    a tuple of path, kind (number, text, json; narrow: a number of at most 9 digits before and 9 after the
    point) and column. Where they are not `named`, no row has an id.
    """

    query: str
    properties: tuple[tuple[str, str, str], ...]
    named: bool = True


class Tables(msgspec.Struct, frozen=True):
    """So many consecutive lines of one file, those of which that can be rows of one of the tables.

    No line is in two of them. `counting` is a query for how many lines DuckDB sees: where that is another
    number, or a query fails over what the file holds, none of the lines counts. `wider` tables hold more
    kinds of numbers and longer lines: they are worth a try where the others fail, or leave many lines.
    """

    first: int
    lines: int
    tables: tuple[Table, ...]
    counting: str
    wider: tuple[Table, ...] = ()

    @property
    def has_narrow(self) -> bool:
        """Tell whether there are numbers that the wider tables may hold and the others not."""
        return any(kind == "narrow" for table in self.tables for _, kind, _ in table.properties)
