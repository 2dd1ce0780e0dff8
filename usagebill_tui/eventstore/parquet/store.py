"""The event store of one workspace: a folder of segments, listed in the manifest."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
from sqlalchemy import Engine

from usagebill_tui.domain.aggregation import Count, Max, Sum
from usagebill_tui.domain.event import Chunk, Tables
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.eventstore.answering import amounts, answer, daily
from usagebill_tui.eventstore.parquet.browsing import ParquetBrowser
from usagebill_tui.eventstore.parquet.changing import changed_accounts, changes_in, load_changes
from usagebill_tui.eventstore.parquet.connection import Shared, connected, translated
from usagebill_tui.eventstore.parquet.erasing import ParquetEraser
from usagebill_tui.eventstore.parquet.files import write_segments
from usagebill_tui.eventstore.parquet.funnel import ParquetFunnel
from usagebill_tui.eventstore.parquet.gathering import are_close, gathered
from usagebill_tui.eventstore.parquet.held import Span, held, span_of
from usagebill_tui.eventstore.parquet.history import ParquetHistory
from usagebill_tui.eventstore.parquet.identities import with_keys
from usagebill_tui.eventstore.parquet.importing import import_staged
from usagebill_tui.eventstore.parquet.listing import listing
from usagebill_tui.eventstore.parquet.locking import silent
from usagebill_tui.eventstore.parquet.merging import tidy
from usagebill_tui.eventstore.parquet.places import FolderPlace, Place
from usagebill_tui.eventstore.parquet.reading import search
from usagebill_tui.eventstore.parquet.staging import Staging
from usagebill_tui.eventstore.parquet.taking import Taking
from usagebill_tui.eventstore.parquet.undoing import (
    hidden_part,
    hidden_whole,
    plan_undo,
    restored_part,
    stopping,
)
from usagebill_tui.eventstore.parquet.usage import DuckDBEngine
from usagebill_tui.eventstore.parquet.verifying import faults
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
from usagebill_tui.store.audit import Author, record
from usagebill_tui.store.counters import next_number
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import (
    KINDS,
    Batch,
    Segment,
    add_batch,
    batches,
    commits,
    hide_segment,
    segments,
    snapshot,
)
from usagebill_tui.store.merges import kept_files, parts_of_merged, scattered_batches


class ParquetEventStore:
    """Events as Parquet segments; the manifest lies in the database behind `engine`.

    They are written and read in `folder`. A `place` may keep them elsewhere, of which that is a cache.
    """

    def __init__(self, engine: Engine, folder: Path, place: Place | None = None) -> None:
        self.engine = engine
        self.folder = folder
        self.place = place or FolderPlace(folder)
        self.waiting: Callable[[str], None] = silent
        self._shared = Shared(folder)
        self.browser = ParquetBrowser(engine, self.place, self._shared)

    def close(self) -> None:
        """Let go of the engine."""
        self._shared.close()

    @property
    def engine_name(self) -> str:
        """Return the engine's name and version."""
        return f"DuckDB {duckdb.__version__}"

    @property
    def history(self) -> ParquetHistory:
        """Return what tells of the past of events."""
        return ParquetHistory(self.engine, self.place, self._shared)

    @property
    def eraser(self) -> ParquetEraser:
        """Return what takes personal data out of events."""
        return ParquetEraser(self.engine, self.place, self._shared, self.waiting)

    @property
    def funnel(self) -> ParquetFunnel:
        """Return what tells where events are lost on their way to an invoice."""
        return ParquetFunnel(self.engine, self.place, self._shared)

    def snapshot(self) -> int:
        """Return the newest snapshot."""
        with reading(self.engine) as session:
            return snapshot(session)

    def start_import(self, *, trial: bool = False) -> "ParquetImport":
        """Begin an import; `close` it in any case. A trial is always a dry run."""
        return ParquetImport(self, trial=trial)

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """Hold the lock under which identities are decided: one import or undo at a time."""
        with self.place.turn(self.waiting):
            yield

    def verify(self) -> Iterator[tuple[str, str]]:
        """Yield (segment, what is wrong with it) for each that is not as it was written."""
        with reading(self.engine) as session:
            listed = segments(session, KINDS, snapshot(session))
            parts = parts_of_merged(session)
        with connected([self.folder]) as connection:
            yield from faults(connection, self.place.fresh, listed, parts)

    def unlisted(self, *, remove: bool = False) -> list[Path]:
        """Return what interrupted imports left; with `remove`, under the lock, take it away.

        Without the lock, what an import that is under way has written is among it.
        """
        if remove:
            with self.deciding():
                found = self.unlisted()
                self.place.clear(found)
                return found
        with reading(self.engine) as session:
            listed = {segment.file for segment in segments(session, KINDS, snapshot(session))}
            known = listed.union(kept_files(session))
        return self.place.loose(known)

    def undo(self, batch: int, author: Author) -> tuple[int, int]:
        """Take a batch back; see `undoing`. Raises NotFound, or Refused where that was done already."""
        with self.deciding(), connected([self.folder]) as connection:
            with writing(self.engine) as session:
                known = batches(session)
                taken_back = undoable(known, batch)
                at = snapshot(session)
                number = next_number(session, "batch")
            listed = held(self.place, self.engine, ["events", "claims", "conflicts", "hides"], at)
            stops: dict[int, int] = {}
            whole: list[Segment] = []
            written: list[Segment] = []
            if taken_back.counts.read > taken_back.counts.rejected:
                plan_undo(connection, self.folder, listed, known, taken_back, at)
                stops = stopping(connection)
                with reading(self.engine) as session:
                    scattered = scattered_batches(session, stops)
                whole = hidden_whole(connection, self.folder, listed, stops, scattered)
                restored = restored_part(connection, self.folder, listed, number)
                parts = [hidden_part(number, whole), restored]
                written = write_segments(connection, self.folder, filter(None, parts))
                written = with_keys(connection, self.folder, written)
            undo = Batch(id=number, kind="undo", undoes=batch, at=author.at, who=author.who)
            with listing(self.engine, self.place, number, written, at) as session:
                seq = add_batch(session, undo, written, author)
                for segment in whole:
                    hide_segment(session, segment.id, seq)
                record(session, author, "undo", "batch", str(batch), after=undo)
        return sum(stops.values()), sum(s.rows for s in written if s.kind == "events")

    def usage(self, question: Question) -> list[Answer]:
        """Aggregate a metric over windows."""
        listed = self._asked(question)
        with self._shared.asking() as connection:
            return answer(DuckDBEngine(connection, self.folder, listed), question)

    @contextmanager
    def together(self, questions: Sequence[Question]) -> Iterator[Callable[[Question], list[Answer]]]:
        """Give what answers each of these questions; what several have in common is read once."""
        with ExitStack() as stack:
            kept = None
            if are_close(questions):
                windows = [window for question in questions for window in question.windows]
                span, snapshot = span_of(windows), questions[0].snapshot
                listed = held(self.place, self.engine, ["events", "hides"], snapshot, span)
                connection = stack.enter_context(self._shared.asking())
                kept = gathered(connection, self.folder, listed, questions)
            yield self.usage if kept is None else kept.usage

    def daily(self, question: Question, measure: Count | Sum | Max) -> list[DayTotal]:
        """Take one measure of a metric's events day by day, ordered by window and day."""
        listed = self._asked(question)
        with self._shared.asking() as connection:
            return daily(DuckDBEngine(connection, self.folder, listed), question, measure)

    def amounts(self, question: Question, path: str) -> dict[int, list[Timed]]:
        """Return, for each window, a property's numbers and their times, by (timestamp, source, id)."""
        listed = self._asked(question)
        with self._shared.asking() as connection:
            return amounts(DuckDBEngine(connection, self.folder, listed), question, path)

    def matching(self, question: Question) -> Iterator[StoredEvent]:
        """Yield the events that a question is about, ordered by (timestamp, source, id)."""
        listed = self._asked(question)
        with self._shared.asking() as connection:
            yield from DuckDBEngine(connection, self.folder, listed).matching(question)

    def events(self, search_for: Search, at: int) -> Iterator[StoredEvent]:
        """Yield the events that count at a snapshot, ordered by (timestamp, source, id)."""
        span = Span(search_for.since, search_for.until)
        listed = held(self.place, self.engine, ["events", "hides"], at, span)
        with self._shared.asking() as connection:
            yield from search(connection, self.folder, listed, at, search_for)

    def changes(
        self,
        epochs: Sequence[Epoch],
        watch: Callable[[frozenset[str]], Sequence[Watched]],
        snapshot: int,
    ) -> list[Change]:
        """Return what commits after windows' snapshots brought or took; see the protocol."""
        since = min((epoch.since for epoch in epochs), default=0)
        span = Span(since, max((epoch.until for epoch in epochs), default=0))
        listed = held(self.place, self.engine, ["events", "hides"], snapshot, span)
        with reading(self.engine) as session:
            committed = [(batch, seq) for batch, seq in commits(session) if seq <= snapshot]
        with self._shared.asking() as connection:
            load_changes(connection, self.folder, listed, committed, epochs)
            return changes_in(connection, watch(changed_accounts(connection)))

    def _asked(self, question: Question) -> list[Segment]:
        """Return the segments that a question is about, with what hides any of their rows."""
        span = span_of(question.windows)
        return held(self.place, self.engine, ["events", "hides"], question.snapshot, span)


class ParquetImport:
    """One import under way. Rows are staged without the lock; deciding and storing hold it."""

    def __init__(self, store: ParquetEventStore, *, trial: bool = False) -> None:
        self._store = store
        self._staging = Staging(store.folder / "staging")
        with ExitStack() as stack:
            stack.callback(self._staging.close)
            self._connection = stack.enter_context(connected([store.folder, self._staging.folder]))
            self.taking = Taking(
                store.engine, self._connection, self._staging.folder, trial=trial, keyed=True
            )
            stack.callback(self.taking.close)
            self._stack = stack.pop_all()

    def add(self, file: int, chunk: Chunk) -> None:
        """Take rows of the delivery's file with this place."""
        with translated(self._store.folder):
            self._staging.add(self._connection, file, chunk)

    @property
    def workplace(self) -> Path:
        """Return the folder in which tables find the files that they read."""
        return self._staging.folder

    def take(self, file: int, tables: Tables) -> "Future[list[int]]":
        """Begin to take tables of the delivery's file with this place; see the protocol."""
        return self.taking.take(file, tables)

    def finish(self, delivery: Delivery, author: Author) -> Outcome:
        """Decide what each row is and store the batch in one go."""
        store = self._store
        with store.deciding(), translated(store.folder):
            outcome = import_staged(
                store.engine,
                self._connection,
                store.place,
                self._staging,
                self.taking,
                delivery,
                author,
            )
            if outcome.batch is not None:
                tidy(store.engine, self._connection, store.place, author.at)
            return outcome

    def close(self) -> None:
        """Remove what was staged."""
        self._stack.close()


def undoable(known: list[Batch], number: int) -> Batch:
    """Return the import with a number; raises NotFound, or Refused where it was taken back already."""
    batch = next((one for one in known if one.id == number and one.kind == "import"), None)
    if batch is None:
        raise NotFound(f"there is no batch {number}", mend="`usagebill batches` lists them")
    if batch.undone_by is not None:
        raise Refused(f"batch {number} was taken back already", mend="import its file again to have it back")
    return batch
