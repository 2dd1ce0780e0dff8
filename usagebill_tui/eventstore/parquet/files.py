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
from usagebill_tui.eventstore.parquet.layout import is_narrow
from usagebill_tui.eventstore.parquet.relation import quoted, text_literal
from usagebill_tui.locations import FILE_MODE, sync_folder
from usagebill_tui.store.manifest import Columns, Segment, SegmentKind, Sums

OPTIONS = "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
BULK_OPTIONS = (
    "(FORMAT parquet, PARQUET_VERSION v2, ROW_GROUP_SIZE 61440, DICTIONARY_SIZE_LIMIT 6000, "
    "WRITE_BLOOM_FILTER false, USE_TMP_FILE false)"
)
"""For rows that are written as fast as they are read: larger by half, in a third of the time."""
Part = tuple[SegmentKind, str, Mapping[str, Columns]]
"""A segment to write: its kind, the SQL of its rows, and the layout of their properties."""

MEND_DISK = "free some space on the disk, or make it writable, and try again"


class SegmentGone(StorageFailed):
    """A file that the manifest listed a moment ago is not there: it was replaced meanwhile, or is lost."""


class SegmentAltered(StorageFailed):
    """A copy of a file does not hold the bytes that the manifest says."""


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
    timed = kind in {"events", "conflicts"}
    times = "epoch_us(min(timestamp)), epoch_us(max(timestamp))" if timed else "0, 0"
    numbers = {name: columns.number for name, columns in layout.items() if columns.number is not None}
    measures = [f"count({c}), min({c}), max({c}), {_early_total(c)}" for c in map(quoted, numbers.values())]
    found = _asked(connection, path, ["count(*)", times, *measures])
    rows, first, last = found[:3]
    bounds = {name: found[3 + 4 * place : 7 + 4 * place] for place, name in enumerate(numbers)}
    return rows, first or 0, last or 0, _sums(connection, path, numbers, bounds) if rows else {}


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


def _sums(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    numbers: Mapping[str, str],
    bounds: Mapping[str, Sequence[Any]],
) -> dict[str, Sums]:
    """Return the sums of columns of which count, least, greatest and, of narrow ones, the sum are known."""
    present = [name for name in numbers if bounds[name][0]]
    late = [name for name in present if bounds[name][3] is None]
    asked = [_late_total(quoted(numbers[name]), bounds[name]) for name in late]
    found = _asked(connection, path, asked) if asked else ()
    parts = {name: found[2 * place : 2 * place + 2] for place, name in enumerate(late)}
    with exact_arithmetic():
        return {
            name: Sums(count, plain(least), plain(greatest), plain(sum(parts.get(name, [total]), Decimal(0))))
            for name in present
            for count, least, greatest, total in [bounds[name]]
        }


def _early_total(column: str) -> str:
    """Return the SQL of the sum of a quoted column, where it fits for sure; else of nothing."""
    return f"sum({column})" if is_narrow(column[1:]) else "NULL"


def _late_total(column: str, bound: Sequence[Any]) -> str:
    """Return the SQL of a sum in two parts: whole numbers and fractions where it might not fit in one."""
    count, least, greatest, _ = bound
    with exact_arithmetic():
        if count * max(abs(least), abs(greatest)) < LIMIT:
            return f"sum({column}), 0"
    return f"sum(trunc({column})), sum({column} - trunc({column}))"


def _asked(connection: duckdb.DuckDBPyConnection, path: Path, measures: Sequence[str]) -> tuple[Any, ...]:
    """Return what measures of a file's rows come to."""
    query = f"SELECT {', '.join(measures)} FROM read_parquet({text_literal(str(path))})"
    return connection.execute(query).fetchone() or ()
