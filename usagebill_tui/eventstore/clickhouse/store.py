"""The event store of one workspace in ClickHouse; batches are listed in the catalogue's manifest."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from usagebill_tui.domain.aggregation import Count, Max, Sum
from usagebill_tui.domain.event import Chunk, Tables
from usagebill_tui.eventstore.answering import amounts, answer, daily
from usagebill_tui.eventstore.clickhouse.browsing import ClickHouseBrowser
from usagebill_tui.eventstore.clickhouse.changing import changes
from usagebill_tui.eventstore.clickhouse.erasing import ClickHouseEraser
from usagebill_tui.eventstore.clickhouse.funnel import ClickHouseFunnel
from usagebill_tui.eventstore.clickhouse.history import ClickHouseHistory
from usagebill_tui.eventstore.clickhouse.importing import Work, import_staged, listing, numbered, seen
from usagebill_tui.eventstore.clickhouse.reading import search
from usagebill_tui.eventstore.clickhouse.scratch import scratch
from usagebill_tui.eventstore.clickhouse.server import Server
from usagebill_tui.eventstore.clickhouse.undoing import Bench, Undoing, undone
from usagebill_tui.eventstore.clickhouse.usage import ClickHouseEngine
from usagebill_tui.eventstore.clickhouse.verifying import cluster_of, faults, unlisted
from usagebill_tui.eventstore.clickhouse.verifying import remove as remove_rows
from usagebill_tui.eventstore.parquet.connection import connected, translated
from usagebill_tui.eventstore.parquet.locking import silent
from usagebill_tui.eventstore.parquet.staging import Staging
from usagebill_tui.eventstore.parquet.store import undoable
from usagebill_tui.eventstore.parquet.taking import Taking
from usagebill_tui.eventstore.parquet.verifying import remove_all
from usagebill_tui.eventstore.turns import turn
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
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import (
    KINDS,
    Batch,
    add_batch,
    batches,
    commits,
    hide_segment,
    segments,
    snapshot,
)
from usagebill_tui.store.reached import spans


class ClickHouseEventStore:
    """Events in the tables of a server; the manifest lies behind `engine`, `folder` is for staging."""

    def __init__(self, engine: Engine, server: Server, folder: Path) -> None:
        self.engine = engine
        self.server = server
        self.folder = folder
        self.waiting: Callable[[str], None] = silent
        self.browser = ClickHouseBrowser(engine, server)

    def close(self) -> None:
        """Let go of the connections."""
        self.server.close()

    @property
    def engine_name(self) -> str:
        """Return the engine's name and version."""
        return f"ClickHouse {self.server.version}"

    @property
    def history(self) -> ClickHouseHistory:
        """Return what tells of the past of events."""
        return ClickHouseHistory(self.engine, self.server)

    @property
    def eraser(self) -> ClickHouseEraser:
        """Return what takes personal data out of events."""
        return ClickHouseEraser(self.engine, self.server, self.deciding)

    @property
    def funnel(self) -> ClickHouseFunnel:
        """Return what tells where events are lost on their way to an invoice."""
        return ClickHouseFunnel(self.engine, self.server)

    def snapshot(self) -> int:
        """Return the newest snapshot."""
        with reading(self.engine) as session:
            return snapshot(session)

    def start_import(self, *, trial: bool = False) -> "ClickHouseImport":
        """Begin an import; `close` it in any case. A trial is always a dry run."""
        return ClickHouseImport(self)

    def deciding(self) -> AbstractContextManager[None]:
        """Hold the lock under which identities are decided: one import or undo at a time."""
        return turn(self.engine, self.folder, self.waiting)

    def verify(self) -> Iterator[tuple[str, str]]:
        """Yield (part of a batch, what is wrong with it) for each that is not as it was sent."""
        with reading(self.engine) as session:
            listed_ = segments(session, KINDS, snapshot(session))
        yield from faults(self.server, listed_)

    def unlisted(self, *, remove: bool = False) -> list[Path]:
        """Return what interrupted imports left, here and, named `batch N`, on the server.

        With `remove`, under the lock, it is taken away. Without the lock, what an import that is under way
        has staged or sent is among it.
        """
        if remove:
            with self.deciding():
                return self._unlisted(remove=True)
        return self._unlisted(remove=False)

    def _unlisted(self, *, remove: bool) -> list[Path]:
        here = sorted((self.folder / "staging").glob("*"))
        with reading(self.engine) as session:
            known = spans(sorted(batch for batch, _ in commits(session)))
        there = unlisted(self.server, known)
        if remove:
            remove_all(here)
            if there:
                remove_rows(self.server, there, cluster_of(self.server))
        return [*here, *(Path(f"batch {batch}") for batch in there)]

    def undo(self, batch: int, author: Author) -> tuple[int, int]:
        """Take a batch back; see `undoing`. Raises NotFound, or Refused where that was done already."""
        with self.deciding():
            with reading(self.engine) as session:
                known = batches(session)
                taken_back = undoable(known, batch)
                at = snapshot(session)
                shown = [s for s in segments(session, ["events"], at) if s.hidden_from is None]
            visible = seen(self.engine, at)[1]

            def send(number: int) -> Undoing:
                with scratch(self.folder / "staging") as (connection, folder):
                    bench = Bench(self.server, connection, folder, visible)
                    return undone(bench, taken_back, known, shown, number)

            number, done = numbered(self.engine, self.server, send)
            undo = Batch(id=number, kind="undo", undoes=batch, at=author.at, who=author.who)
            with listing(self.engine, self.server, at) as session:
                seq = add_batch(session, undo, done.sent, author)
                for segment in done.whole:
                    hide_segment(session, segment.id, seq)
                record(session, author, "undo", "batch", str(batch), after=undo)
        return done.stopped, sum(s.rows for s in done.sent if s.kind == "events")

    def usage(self, question: Question) -> list[Answer]:
        """Aggregate a metric over windows."""
        return answer(self._asking(question), question)

    @contextmanager
    def together(self, questions: Sequence[Question]) -> Iterator[Callable[[Question], list[Answer]]]:
        """Give what answers each of these questions: the server finds the events of each by their order."""
        del questions
        yield self.usage

    def daily(self, question: Question, measure: Count | Sum | Max) -> list[DayTotal]:
        """Take one measure of a metric's events day by day, ordered by window and day."""
        return daily(self._asking(question), question, measure)

    def amounts(self, question: Question, path: str) -> dict[int, list[Timed]]:
        """Return, for each window, a property's numbers and their times, by (timestamp, source, id)."""
        return amounts(self._asking(question), question, path)

    def matching(self, question: Question) -> Iterator[StoredEvent]:
        """Yield the events that a question is about, ordered by (timestamp, source, id)."""
        return self._asking(question).matching(question)

    def events(self, search_for: Search, at: int) -> Iterator[StoredEvent]:
        """Yield the events that count at a snapshot, ordered by (timestamp, source, id)."""
        return search(self.server, seen(self.engine, at)[1], search_for)

    def changes(
        self,
        epochs: Sequence[Epoch],
        watch: Callable[[frozenset[str]], Sequence[Watched]],
        snapshot: int,
    ) -> list[Change]:
        """Return what commits after windows' snapshots brought or took; see the protocol."""
        return changes(self.engine, self.server, epochs, watch, snapshot)

    def _asking(self, question: Question) -> ClickHouseEngine:
        return ClickHouseEngine(self.server, seen(self.engine, question.snapshot)[1])


class ClickHouseImport:
    """One import under way. Rows are staged on this machine; deciding and sending them hold the lock."""

    def __init__(self, store: ClickHouseEventStore) -> None:
        self._store = store
        self._staging = Staging(store.folder / "staging")
        with ExitStack() as stack:
            stack.callback(self._staging.close)
            self._connection = stack.enter_context(connected([self._staging.folder]))
            # Whether it is a trial changes nothing: the number that rows are taken under is not that of the
            # batch, which is given later; see `free_batch`.
            self.taking = Taking(store.engine, self._connection, self._staging.folder, trial=True)
            stack.callback(self.taking.close)
            self._stack = stack.pop_all()

    def add(self, file: int, chunk: Chunk) -> None:
        """Take rows of the delivery's file with this place."""
        with translated(self._staging.folder):
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
        work = Work(store.engine, store.server, self._connection, self._staging, self.taking)
        with store.deciding(), translated(self._staging.folder):
            return import_staged(work, delivery, author)

    def close(self) -> None:
        """Remove what was staged."""
        self._stack.close()
