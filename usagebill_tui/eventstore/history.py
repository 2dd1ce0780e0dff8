"""What an event store says of the past of events: their other versions, and what became of them later."""

from collections.abc import Iterator, Mapping
from typing import Literal, Protocol

import msgspec

from usagebill_tui.eventstore.types import Question, Search, StoredEvent
from usagebill_tui.store.manifest import Batch

Status = Literal["counts", "replaced", "conflict", "undone"]
"""It counts; it did until another content took its place; its identity had other content, so it never did;
or its import was taken back."""

Key = tuple[int, str, str]
"""The batch, source and id of a stored event."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One content with which an event was delivered, and since which batch (`by`) it does not count."""

    event: StoredEvent
    status: Status
    by: int | None = None


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an event that once counted, and by which batch."""

    status: Status
    by: int


class History(Protocol):
    """The past of events."""

    def versions(self, search: Search) -> Iterator[Version]:
        """Yield every version of the events of which one is searched for; `limit` is of events.

        They come by the time of an event's first version, source, id, then in the order of batches. A
        duplicate is no version.
        """

    def fates(self, question: Question) -> Mapping[Key, Fate]:
        """Return which events that a question was about, as of its snapshot, do not count any more."""


def fate(known: Mapping[int, Batch], by: int) -> Fate:
    """Return what a batch, one of those known by their number, did to an event that it hid."""
    return Fate(status="undone" if known[by].kind == "undo" else "replaced", by=by)


def version_status(
    known: Mapping[int, Batch], batch: int, by: int | None, *, conflict: bool
) -> tuple[Status, int | None]:
    """Return what became of a version that a batch brought, and by which; `by` is the one that hid it."""
    if conflict:
        undone_by = known[batch].undone_by
        return ("conflict", None) if undone_by is None else ("undone", undone_by)
    return ("counts", None) if by is None else (fate(known, by).status, by)
