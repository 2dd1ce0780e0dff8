"""What any event store does."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from usagebill_tui.domain.aggregation import Count, Max, Sum
from usagebill_tui.domain.event import Chunk, Tables
from usagebill_tui.eventstore.browsing import Browser
from usagebill_tui.eventstore.erasing import Eraser
from usagebill_tui.eventstore.funnel import Funnel
from usagebill_tui.eventstore.history import History
from usagebill_tui.eventstore.types import (
    Answer,
    Change,
    DayTotal,
    Delivery,
    Epoch,
    Outcome,
    Question,
    Search,
    StoredEvent,
    Timed,
    Watched,
)
from usagebill_tui.store.audit import Author


class Import(Protocol):
    """One import under way: rows are added, then all of them are stored or none."""

    def add(self, file: int, chunk: Chunk) -> None:
        """Take rows of the delivery's file with this place."""

    @property
    def workplace(self) -> Path:
        """Return the folder in which tables find the files that they read; it vanishes with the import."""

    def take(self, file: int, tables: Tables) -> "Future[list[int]]":
        """Begin to take tables of the delivery's file with this place.

        The result, which must be waited for, are the numbers of the lines that are not in any of them.
        """

    def finish(self, delivery: Delivery, author: Author) -> Outcome:
        """Decide what each row is and store the batch in one go (nothing, in a dry run)."""

    def close(self) -> None:
        """Forget what was not stored."""


class EventStore(Protocol):
    """Events, each counted once, and what they add up to as of a snapshot."""

    waiting: Callable[[str], None]
    """Told, in a sentence, that another process is waited for."""

    @property
    def engine_name(self) -> str:
        """Return the engine's name and version."""

    @property
    def history(self) -> History:
        """Return what tells of the past of events."""

    @property
    def eraser(self) -> Eraser:
        """Return what takes personal data out of events."""

    @property
    def funnel(self) -> Funnel:
        """Return what tells where events are lost on their way to an invoice."""

    @property
    def browser(self) -> Browser:
        """Return what shows pages of events."""

    def close(self) -> None:
        """Let go of what is held open."""

    def snapshot(self) -> int:
        """Return the newest snapshot: what is visible at it stays so for ever."""

    def deciding(self) -> AbstractContextManager[None]:
        """Hold the lock under which identities are decided: one import or undo at a time."""

    def start_import(self, *, trial: bool = False) -> Import:
        """Begin an import; `close` it in any case. A trial is always a dry run."""

    def verify(self) -> Iterator[tuple[str, str]]:
        """Yield (part of the store, what is wrong with it); nothing where all is as it was written."""

    def unlisted(self, *, remove: bool = False) -> list[Path]:
        """Return what interrupted imports left behind; with `remove`, take it away."""

    def undo(self, batch: int, author: Author) -> tuple[int, int]:
        """Take a batch back; return how many events stopped counting and how many count in their place."""

    def usage(self, question: Question) -> list[Answer]:
        """Aggregate a metric over windows."""

    def together(
        self, questions: Sequence[Question]
    ) -> AbstractContextManager[Callable[[Question], list[Answer]]]:
        """Give what answers each of these questions; what several have in common is read once."""

    def daily(self, question: Question, measure: Count | Sum | Max) -> list[DayTotal]:
        """Take one measure of a metric's events day by day, ordered by window and day; see `DayTotal`."""

    def amounts(self, question: Question, path: str) -> dict[int, list[Timed]]:
        """Return, for each window, a property's numbers and their times, by (timestamp, source, id)."""

    def matching(self, question: Question) -> Iterator[StoredEvent]:
        """Yield the events that a question is about, ordered by (timestamp, source, id)."""

    def events(self, search: Search, snapshot: int) -> Iterator[StoredEvent]:
        """Yield the events that count at a snapshot, ordered by (timestamp, source, id)."""

    def changes(
        self,
        epochs: Sequence[Epoch],
        watch: Callable[[frozenset[str]], Sequence[Watched]],
        snapshot: int,
    ) -> list[Change]:
        """Return what commits after windows' snapshots, up to `snapshot`, brought or took, by key and batch.

        `epochs` say which times were looked at and as of when; `watch` is then asked for the windows that
        count events of any of these accounts, the only ones with changes in those times.
        """
