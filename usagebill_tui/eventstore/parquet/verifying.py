"""Verifying that segments hold what the manifest says, and finding files that it does not list."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.parquet.files import SegmentAltered, SegmentGone, digest_of, measured
from usagebill_tui.eventstore.parquet.totals import totals_of
from usagebill_tui.store.manifest import Segment


def faults(
    connection: duckdb.DuckDBPyConnection,
    fresh: Callable[[Segment], AbstractContextManager[Path]],
    listed: Sequence[Segment],
    parts: Mapping[int, Sequence[Segment]],
) -> Iterator[tuple[str, str]]:
    """Yield (file, what is wrong with it) for each segment that is not as it was written.

    `fresh` gives a segment's file. `parts` are the entries of what was merged, by the id of the segment that
    holds their rows.
    """
    for segment in listed:
        try:
            with fresh(segment) as path:
                fault = _fault(connection, path, segment)
        except (SegmentGone, SegmentAltered) as error:
            fault = error.what
        if fault is not None:
            yield segment.file, fault
    entries = {
        segment.id: segment for segment in [*listed, *(one for many in parts.values() for one in many)]
    }
    for target, merged in parts.items():
        if totals_of([entries[target]]) != totals_of(merged):
            yield entries[target].file, "it does not add up to the segments that were merged into it"


def unlisted(folder: Path, known: AbstractSet[str]) -> list[Path]:
    """Return what lies in the folder and is not among the files known: left by interrupted imports."""
    loose = [path for path in folder.iterdir() if path.is_file() and path.name not in known]
    left = [path for path in loose if path.suffix in {".parquet", ".tmp"}]
    return sorted([*left, *(folder / "staging").glob("*")])


def remove_all(paths: Sequence[Path]) -> None:
    """Remove files and folders."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _fault(connection: duckdb.DuckDBPyConnection, path: Path, segment: Segment) -> str | None:
    try:
        size = path.stat().st_size
        if size != segment.bytes:
            return f"has {size:,} bytes instead of {segment.bytes:,}"
        if digest_of(path) != segment.sha256:
            return "its bytes are not those that were written (SHA-256 differs)"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    found = measured(connection, path, segment.kind, segment.layout)
    said = (segment.rows, segment.first_at, segment.last_at, dict(segment.sums))
    return None if found == said else "its rows, times or sums are not those that the manifest says"
