"""Segment files: written under a temporary name, synced, measured, and only then given their name."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.relation import quoted, text_literal
from usagebill_tui.locations import FILE_MODE, sync_folder
from usagebill_tui.store.manifest import Columns, Segment, SegmentKind, Sums

OPTIONS = "(FORMAT parquet, COMPRESSION zstd)"


def write_segment(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    kind: SegmentKind,
    query: str,
    layout: Mapping[str, Columns] | None = None,
) -> Segment | None:
    """Write the rows of a query as a durable file and return its manifest entry; None where there are none.

    A file that the manifest does not come to list is left over and may be removed.
    """
    name = f"{kind}-{secrets.token_hex(8)}.parquet"
    temporary = folder / f".{name}.tmp"
    try:
        connection.execute(f"COPY ({query}) TO {text_literal(str(temporary))} {OPTIONS}")
        rows, first, last = _measure(connection, temporary, timed=kind in {"events", "conflicts"})
        if rows == 0:
            temporary.unlink()
            return None
        sums = _sums(connection, temporary, layout or {})
        size, digest = _settle(temporary, folder / name)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Segment(
        kind=kind,
        file=name,
        sha256=digest,
        bytes=size,
        rows=rows,
        first_at=first,
        last_at=last,
        layout=layout or {},
        sums=sums,
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(temporary: Path, final: Path) -> tuple[int, str]:
    try:
        temporary.chmod(FILE_MODE)
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
        mend = "free some space on the disk, or make it writable, and try again"
        raise StorageFailed(f"cannot write: {error.strerror}", where=str(final), mend=mend) from error
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
