"""Taking rows that DuckDB reads by itself: each table becomes a file that may become a segment as it is."""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import duckdb
import msgspec
from sqlalchemy import Engine

from usagebill_tui.domain.event import Table, Tables
from usagebill_tui.eventstore.parquet.connection import translated
from usagebill_tui.eventstore.parquet.contents import digest_sql
from usagebill_tui.eventstore.parquet.files import BULK_OPTIONS, make_private, settled
from usagebill_tui.eventstore.parquet.identities import early_keys
from usagebill_tui.eventstore.parquet.layout import field_of, layout_of_kinds
from usagebill_tui.eventstore.parquet.relation import quoted, text_literal
from usagebill_tui.store.counters import next_number
from usagebill_tui.store.engine import writing
from usagebill_tui.store.manifest import Columns, Segment

MOST_AT_ONCE = 4
_FEW = 0.02
"""So many of the lines may go the exact way before wider tables are tried."""
_UNREADABLE = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException)


class Taken(msgspec.Struct, frozen=True):
    """Rows of some lines of a file, in a file that is durable; `segment` is its manifest entry.

    Those that are not `named` have the id of the first row with their content. `keys` are those of the
    segment, in a file of their own, where they are written already.
    """

    path: Path
    file: int
    first: int
    last: int
    segment: Segment
    named: bool = True
    keys: tuple[Path, Segment] | None = None

    @property
    def layout(self) -> Mapping[str, Columns]:
        """Return the columns of its properties."""
        return self.segment.layout


def reserved_batch(engine: Engine) -> int:
    """Return a number that no other batch gets."""
    with writing(engine) as session:
        return next_number(session, "batch")


class Taking:
    """Takes tables, several at once. Rows are written under the number of the batch, unless it is a `trial`.

    `batch` is None as long as no number is reserved. Where rows are `keyed`, their keys are written too.
    """

    def __init__(
        self,
        engine: Engine,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        *,
        trial: bool = False,
        keyed: bool = False,
    ) -> None:
        self._keyed = keyed and not trial
        self.batch: int | None = 0 if trial else None
        self._engine = engine
        self._taken_parts: list[Taken] = []
        self._connection = connection
        self._folder = folder
        self._workers: ThreadPoolExecutor | None = None
        self._running: set[duckdb.DuckDBPyConnection] = set()
        self._lock = Lock()
        self._parts = 0

    @property
    def taken(self) -> list[Taken]:
        """Return what was taken, in the order of files and lines."""
        return sorted(self._taken_parts, key=lambda part: (part.file, part.first, part.path))

    def take(self, file: int, tables: Tables) -> "Future[list[int]]":
        """Begin to take tables; the result are the numbers of the lines that are not in any of them."""
        if self.batch is None:
            self.batch = reserved_batch(self._engine)
        if self._workers is None:
            self._workers = ThreadPoolExecutor(min(MOST_AT_ONCE, os.cpu_count() or 1))
        return self._workers.submit(self._work, self.batch, file, tables)

    def close(self) -> None:
        """Stop what is under way."""
        if self._workers is None:
            return
        with self._lock:
            for cursor in self._running:
                cursor.interrupt()
        self._workers.shutdown(cancel_futures=True)

    def _work(self, batch: int, file: int, tables: Tables) -> list[int]:
        cursor = self._connection.cursor()
        with self._lock:
            self._running.add(cursor)
        try:
            with translated(self._folder):
                return self._written(cursor, batch, file, tables)
        finally:
            with self._lock:
                self._running.discard(cursor)
            cursor.close()

    def _written(self, cursor: duckdb.DuckDBPyConnection, batch: int, file: int, tables: Tables) -> list[int]:
        lines = range(tables.first, tables.first + tables.lines)
        files, left = self._copied(cursor, batch, file, tables, tables.tables)
        if tables.wider and (left is None or (tables.has_narrow and len(left) > len(lines) * _FEW)):
            _remove(files)
            files, left = self._copied(cursor, batch, file, tables, tables.wider)
        if left is None:
            return list(lines)
        for one in files:
            segment = settled(cursor, one.path, "events", one.layout)
            if segment is not None:
                keys = early_keys(cursor, one.path, segment) if self._keyed else None
                part = Taken(one.path, file, lines.start, lines.stop - 1, segment, one.named, keys)
                with self._lock:
                    self._taken_parts.append(part)
        return left

    def _copied(
        self,
        cursor: duckdb.DuckDBPyConnection,
        batch: int,
        file: int,
        tables: Tables,
        chosen: Sequence[Table],
    ) -> "tuple[list[_File], list[int] | None]":
        """Write the rows of some tables, and return the lines left; None, and no file, where none counts."""
        files: list[_File] = []
        left: list[int] | None = None
        try:
            for table in chosen:
                path, layout = self._new(), layout_of_kinds((p, k) for p, k, _ in table.properties)
                files.append(_File(path, layout, table.named))
                make_private(path)
                cursor.execute(
                    f"COPY ({_rows(table, layout, batch, file)}) TO {text_literal(str(path))} {BULK_OPTIONS}"
                )
            left = _left(cursor, [one.path for one in files], tables)
        except _UNREADABLE:
            left = None
        if left is None:
            _remove(files)
            files = []
        return files, left

    def _new(self) -> Path:
        with self._lock:
            self._parts += 1
            return self._folder / f"taken-{self._parts:06}.parquet"


class _File(NamedTuple):
    path: Path
    layout: dict[str, Columns]
    named: bool


def _remove(files: Iterable[_File]) -> None:
    for one in files:
        with suppress(OSError):
            one.path.unlink()


def _rows(table: Table, layout: Mapping[str, Columns], batch: int, file: int) -> str:
    """Return the SQL of a table's rows, in the columns of a segment and those of staged rows."""
    properties = "".join(
        f", {column} AS {quoted(getattr(layout[path], field_of(kind)))}"
        for path, kind, column in table.properties
    )
    rows = (
        f"SELECT {batch:d}::BIGINT AS batch, source, id, account, metric, timestamp, "
        f"CAST(NULL AS UUID) AS content, {file:d}::BIGINT AS file, line, 0::BIGINT AS row{properties} "
        f"FROM ({table.query})"
    )
    if table.named:
        return rows
    digested = f"SELECT * REPLACE ({digest_sql(layout)} AS content) FROM ({rows})"
    return f"SELECT * REPLACE (concat('content-', content) AS id) FROM ({digested})"


def _left(cursor: duckdb.DuckDBPyConnection, paths: Sequence[Path], tables: Tables) -> list[int] | None:
    """Return the lines that are in no table; None where DuckDB does not see the lines that there are."""
    lines = range(tables.first, tables.first + tables.lines)
    literal = ", ".join(text_literal(str(path)) for path in paths)
    row = cursor.execute(f"SELECT count(*) FROM read_parquet([{literal}])").fetchone() or (0,)
    if row[0] == len(lines):
        return []
    seen = cursor.execute(tables.counting).fetchone() or (0,)
    if row[0] > len(lines) or seen[0] != len(lines):
        return None
    found = cursor.execute(
        f"SELECT n FROM range({lines.start}, {lines.stop}) AS r(n) "
        f"ANTI JOIN read_parquet([{literal}]) t ON t.line = r.n ORDER BY n"
    ).fetchall()
    return [line for (line,) in found] if len(found) == len(lines) - row[0] else None
