"""The event store of one workspace in ClickHouse; batches are listed in the catalogue's manifest."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from sqlalchemy import Engine

from usagebill_tui.domain.aggregation import Count, Max, Sum
from usagebill_tui.domain.event import Chunk, Tables
from usagebill_tui.eventstore.answering import amounts, answer, daily
from usagebill_tui.eventstore.clickhouse.importing import Work, import_staged, seen
from usagebill_tui.eventstore.clickhouse.reading import search
from usagebill_tui.eventstore.clickhouse.server import Server
from usagebill_tui.eventstore.clickhouse.turns import turn
from usagebill_tui.eventstore.clickhouse.usage import ClickHouseEngine
from usagebill_tui.eventstore.parquet.connection import connected, translated
from usagebill_tui.eventstore.parquet.locking import silent
from usagebill_tui.eventstore.parquet.staging import Staging
from usagebill_tui.eventstore.parquet.taking import Taking
from usagebill_tui.eventstore.types import (
    Answer,
    DayTotal,
    Delivery,
    Outcome,
    Question,
    Search,
    StoredEvent,
    Timed,
)
from usagebill_tui.store.audit import Author
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import snapshot


class ClickHouseEventStore:
    """Events in the tables of a server; the manifest lies behind `engine`, `folder` is for staging."""

    def __init__(self, engine: Engine, server: Server, folder: Path) -> None:
        self.engine = engine
        self.server = server
        self.folder = folder
        self.waiting: Callable[[str], None] = silent

    def close(self) -> None:
        """Let go of the connections."""
        self.server.close()

    @property
    def engine_name(self) -> str:
        """Return the engine's name and version."""
        return f"ClickHouse {self.server.version}"

    def snapshot(self) -> int:
        """Return the newest snapshot."""
        with reading(self.engine) as session:
            return snapshot(session)

    def start_import(self, *, trial: bool = False) -> "ClickHouseImport":
        """Begin an import; `close` it in any case. A trial is always a dry run."""
        return ClickHouseImport(self, trial=trial)

    def deciding(self) -> AbstractContextManager[None]:
        """Hold the lock under which identities are decided: one import or undo at a time."""
        return turn(self.engine, self.folder, self.waiting)

    def usage(self, question: Question) -> list[Answer]:
        """Aggregate a metric over windows."""
        return answer(self._asking(question), question)

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

    def _asking(self, question: Question) -> ClickHouseEngine:
        return ClickHouseEngine(self.server, seen(self.engine, question.snapshot)[1])


class ClickHouseImport:
    """One import under way. Rows are staged on this machine; deciding and sending them hold the lock."""

    def __init__(self, store: ClickHouseEventStore, *, trial: bool = False) -> None:
        self._store = store
        self._staging = Staging(store.folder / "staging")
        with ExitStack() as stack:
            stack.callback(self._staging.close)
            self._connection = stack.enter_context(connected([self._staging.folder]))
            # The number that rows are taken under here is not that of the batch: see `free_batch`.
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
