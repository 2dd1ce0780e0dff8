"""The cache of a bucket's segments on one machine: what is kept, and what goes when it grows too large.

Every file in it can be had again, so that all of it may be deleted at any time.
"""

import os
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from usagebill_tui.store.manifest import Segment

GRACE_SECONDS = 3_600
"""What was used within this time stays: another process may be about to read it."""
ARRIVING = ".arriving"
"""How the names of files end that are not whole yet."""


class _File(NamedTuple):
    path: Path
    used: float
    size: int


def is_cached(folder: Path, segment: Segment) -> bool:
    """Tell whether a segment's file is there, and note that it is used."""
    path = folder / segment.file
    try:
        whole = path.stat().st_size == segment.bytes
        if whole:
            os.utime(path)
    except OSError:
        return False
    return whole


def trim(folder: Path, most: int, needed: Collection[str]) -> None:
    """Remove what was used longest ago until no more than so many bytes are left, but nothing that is needed.

    What was used in the last hour stays as well, so that there may be more for a while.
    """
    files = sorted(_files(folder), key=lambda file: file.used)
    excess = sum(file.size for file in files) - most
    before = time.time() - GRACE_SECONDS
    for file in files:
        left_over = file.path.name.endswith(ARRIVING)
        if file.used < before and (left_over or (excess > 0 and file.path.name not in needed)):
            _remove(file.path)
            excess -= file.size


def sweep(folder: Path, known: Collection[str], *, at_once: bool = False) -> None:
    """Remove what the manifest lists no more, as after an erasure.

    What was used in the last hour stays, unless it is to go `at_once`: then no import may be under way.
    """
    before = time.time() - GRACE_SECONDS
    for file in _files(folder):
        if (at_once or file.used < before) and file.path.name not in known:
            _remove(file.path)


def _files(folder: Path) -> Iterator[_File]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".parquet", ARRIVING)):
                with suppress(OSError):
                    found = entry.stat()
                    yield _File(Path(entry.path), found.st_mtime, found.st_size)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
