"""Carrying all segments of a store to another folder: what is there already, and whole, is left alone."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.locations import FILE_MODE, sync_folder
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import KINDS, Segment, segments, snapshot

_CHUNK = 1 << 20


def carry(source: ParquetEventStore, target: ParquetEventStore, step: Callable[[str, int], None]) -> None:
    """Copy each listed segment, holding it against its digest; the manifest's entries hold there as well.

    Raises StorageFailed where a segment is not what the manifest says, or cannot be written.
    """
    with reading(source.engine) as session:
        listed = segments(session, KINDS, snapshot(session))
    rows = 0
    for segment in listed:
        if not _is_there(target.folder / segment.file, segment):
            _copy(source.folder / segment.file, target.folder / segment.file, segment)
        rows += segment.rows
        step(segment.kind, rows)
    sync_folder(target.folder)


def _is_there(path: Path, segment: Segment) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == segment.sha256
    except OSError:
        return False


def _copy(source: Path, target: Path, segment: Segment) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    digest = hashlib.sha256()
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with source.open("rb") as origin, os.fdopen(descriptor, "wb") as file:
            while chunk := origin.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != segment.sha256:
            mend = "run `usagebill verify`, and restore a backup"
            raise StorageFailed("is not what the manifest says", where=str(source), mend=mend)
        temporary.replace(target)
    except OSError as error:
        mend = "check the disk and its space, then run it again: it goes on where it was"
        raise StorageFailed(
            f"cannot be copied: {error.strerror or error}", where=str(source), mend=mend
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
