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
