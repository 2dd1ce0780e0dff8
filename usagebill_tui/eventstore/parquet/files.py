"""Segment files: written under a temporary name, synced, measured, and only then given their name."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from usagebill_tui.domain.quantity import LIMIT, exact_arithmetic, plain
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.relation import quoted, text_literal
from usagebill_tui.locations import FILE_MODE, sync_folder
from usagebill_tui.store.manifest import Columns, Segment, SegmentKind, Sums

OPTIONS = "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
BULK_OPTIONS = "(FORMAT parquet, PARQUET_VERSION v2, USE_TMP_FILE false)"
"""For rows that are written as fast as they are read: larger by half, in a third of the time."""
Part = tuple[SegmentKind, str, Mapping[str, Columns]]
"""A segment to write: its kind, the SQL of its rows, and the layout of their properties."""

MEND_DISK = "free some space on the disk, or make it writable, and try again"


def write_segment(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    kind: SegmentKind,
    query: str,
    layout: Mapping[str, Columns],
    *,
    name: str | None = None,
    options: str = OPTIONS,
) -> Segment | None:
    """Write the rows of a query as a durable file and return its manifest entry; None where there are none.

    Its name is a new one unless it is given. A file that the manifest does not come to list is left over and
    may be removed.
    """
    name = name or _new_name(kind)
    temporary = folder / f".{name}.tmp"
    segment = None
    try:
        make_private(temporary)
        connection.execute(f"COPY ({query}) TO {text_literal(str(temporary))} {options}")
        segment = settled(connection, temporary, kind, layout, name)
        if segment is not None:
            adopt(temporary, folder, segment)
    except BaseException:
        _discard(temporary)
        if segment is not None:
            _discard(folder / segment.file)
        raise
    return segment


def settled(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    kind: SegmentKind,
    layout: Mapping[str, Columns],
    name: str | None = None,
) -> Segment | None:
    """Make a file of rows durable where it is and return the manifest entry that it may get.

    A file without rows is removed: it gets none.
    """
    rows, first, last, sums = measured(connection, path, kind, layout)
    if rows == 0:
        _discard(path)
        return None
    size, digest = _synced(path)
    return Segment(
        kind=kind,
        file=name or _new_name(kind),
        sha256=digest,
        bytes=size,
        rows=rows,
        first_at=first,
        last_at=last,
        layout=layout,
        sums=sums,
    )


def adopt(path: Path, folder: Path, segment: Segment) -> None:
    """Give a settled file the name that its entry has."""
    final = folder / segment.file
    try:
        path.replace(final)
        sync_folder(folder)
    except OSError as error:
        raise StorageFailed(f"cannot write: {error.strerror}", where=str(final), mend=MEND_DISK) from error


def write_segments(
    connection: duckdb.DuckDBPyConnection, folder: Path, parts: Iterable[Part]
) -> list[Segment]:
    """Write all the parts that have rows; where one fails, none of the files is left."""
    written: list[Segment] = []
    try:
        for kind, query, layout in parts:
            segment = write_segment(connection, folder, kind, query, layout)
            if segment is not None:
                written.append(segment)
    except BaseException:
        forget(folder, written)
        raise
    return written


def forget(folder: Path, written: Iterable[Segment]) -> None:
    """Remove segments that the manifest did not come to list."""
    for segment in written:
        _discard(folder / segment.file)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def measured(
    connection: duckdb.DuckDBPyConnection, path: Path, kind: SegmentKind, layout: Mapping[str, Columns]
) -> tuple[int, int, int, dict[str, Sums]]:
    """Return a segment's rows, first and last time in microseconds (0 where it has none), and sums."""
    rows, first, last = _measure(connection, path, timed=kind in {"events", "conflicts"})
    return rows, first, last, _sums(connection, path, layout) if rows else {}


def _discard(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def make_private(path: Path) -> None:
    """Create an empty file that only its owner can read, before there is anything in it to read."""
    try:
        path.touch(FILE_MODE, exist_ok=False)
    except OSError as error:
        raise StorageFailed(f"cannot write: {error.strerror}", where=str(path), mend=MEND_DISK) from error


def _new_name(kind: SegmentKind) -> str:
    return f"{kind}-{secrets.token_hex(8)}.parquet"


def _synced(path: Path) -> tuple[int, str]:
    try:
        descriptor = os.open(path, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return path.stat().st_size, digest_of(path)
    except OSError as error:
        raise StorageFailed(f"cannot write: {error.strerror}", where=str(path), mend=MEND_DISK) from error


def _measure(connection: duckdb.DuckDBPyConnection, path: Path, *, timed: bool) -> tuple[int, int, int]:
    times = "epoch_us(min(timestamp)), epoch_us(max(timestamp))" if timed else "0, 0"
    row = connection.execute(
        f"SELECT count(*), {times} FROM read_parquet({text_literal(str(path))})"
    ).fetchone()
    rows, first, last = row or (0, 0, 0)
    return rows, first or 0, last or 0


def _sums(
    connection: duckdb.DuckDBPyConnection, path: Path, layout: Mapping[str, Columns]
) -> dict[str, Sums]:
    numbers = {name: quoted(columns.number) for name, columns in layout.items() if columns.number is not None}
    bounds = _asked(connection, path, [f"count({c}), min({c}), max({c})" for c in numbers.values()], 3)
    present = {name: (c, bound) for (name, c), bound in zip(numbers.items(), bounds, strict=True) if bound[0]}
    totals = _asked(connection, path, [_total(c, bound) for c, bound in present.values()], 2)
    sums = {}
    with exact_arithmetic():
        for (name, (_, (count, least, greatest))), parts in zip(present.items(), totals, strict=True):
            sums[name] = Sums(count, plain(least), plain(greatest), plain(sum(parts, Decimal(0))))
    return sums


def _total(column: str, bound: Sequence[Any]) -> str:
    """Return the SQL of a sum in two parts: whole numbers and fractions where it might not fit in one."""
    count, least, greatest = bound
    with exact_arithmetic():
        if count * max(abs(least), abs(greatest)) < LIMIT:
            return f"sum({column}), 0"
    return f"sum(trunc({column})), sum({column} - trunc({column}))"


def _asked(
    connection: duckdb.DuckDBPyConnection, path: Path, measures: Sequence[str], size: int
) -> list[tuple[Any, ...]]:
    """Return what each group of so many measures of a file's rows comes to."""
    if not measures:
        return []
    query = f"SELECT {', '.join(measures)} FROM read_parquet({text_literal(str(path))})"
    row = connection.execute(query).fetchone() or ()
    return [row[start : start + size] for start in range(0, len(row), size)]
