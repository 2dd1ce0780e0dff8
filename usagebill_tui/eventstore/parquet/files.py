"""Segment files: written under a temporary name, synced, measured, and only then given their name."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import duckdb

from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.relation import quoted, text_literal
from usagebill_tui.locations import FILE_MODE, sync_folder
from usagebill_tui.store.manifest import Columns, Segment, SegmentKind, Sums

OPTIONS = "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
Part = tuple[SegmentKind, str, Mapping[str, Columns]]
"""A segment to write: its kind, the SQL of its rows, and the layout of their properties."""

MEND_DISK = "free some space on the disk, or make it writable, and try again"


def write_segment(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    kind: SegmentKind,
    query: str,
    layout: Mapping[str, Columns],
) -> Segment | None:
    """Write the rows of a query as a durable file and return its manifest entry; None where there are none.

    A file that the manifest does not come to list is left over and may be removed.
    """
    name = f"{kind}-{secrets.token_hex(8)}.parquet"
    temporary = folder / f".{name}.tmp"
    try:
        _make_private(temporary)
        connection.execute(f"COPY ({query}) TO {text_literal(str(temporary))} {OPTIONS}")
        rows, first, last, sums = measured(connection, temporary, kind, layout)
        if rows == 0:
            temporary.unlink()
            return None
        size, digest = _settle(temporary, folder / name)
    except BaseException:
        _discard(temporary)
        _discard(folder / name)
        raise
    return Segment(
        kind=kind,
        file=name,
        sha256=digest,
        bytes=size,
        rows=rows,
        first_at=first,
        last_at=last,
        layout=layout,
        sums=sums,
    )


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


def _make_private(path: Path) -> None:
    """Create an empty file that only its owner can read, before there is anything in it to read."""
    try:
        path.touch(FILE_MODE, exist_ok=False)
    except OSError as error:
        raise StorageFailed(f"cannot write: {error.strerror}", where=str(path), mend=MEND_DISK) from error


def _settle(temporary: Path, final: Path) -> tuple[int, str]:
    try:
        descriptor = os.open(temporary, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        digest = digest_of(temporary)
        size = temporary.stat().st_size
        temporary.replace(final)
        sync_folder(final.parent)
    except OSError as error:
        raise StorageFailed(f"cannot write: {error.strerror}", where=str(final), mend=MEND_DISK) from error
    return size, digest


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
    if not numbers:
        return {}
    measures = ", ".join(
        f"count({c}), min({c}), max({c}), sum(trunc({c})), sum({c} - trunc({c}))" for c in numbers.values()
    )
    row = (
        connection.execute(f"SELECT {measures} FROM read_parquet({text_literal(str(path))})").fetchone() or ()
    )
    sums = {}
    with exact_arithmetic():
        for place, name in enumerate(numbers):
            count, least, greatest, whole, fraction = row[place * 5 : place * 5 + 5]
            if count:
                total: Decimal = whole + fraction
                sums[name] = Sums(count, plain(least), plain(greatest), plain(total))
    return sums
