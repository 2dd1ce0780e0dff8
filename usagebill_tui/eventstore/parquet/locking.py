"""The lock under which identities are decided, one import or undo at a time, and who holds it."""

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from usagebill_tui.errors import StorageFailed
from usagebill_tui.locations import FILE_MODE, MEND_HOME

if TYPE_CHECKING:
    from filelock import FileLock

PATIENCE_SECONDS = 1.0
"""How long to wait before saying so."""


def silent(_: str) -> None:
    """Say nothing about waiting."""


@contextmanager
def locked(folder: Path, waiting: Callable[[str], None] = silent) -> Iterator[None]:
    """Hold a store's lock; `waiting` is told once, in a sentence, when another process holds it for long.

    Raises StorageFailed where the lock cannot be had at all.
    """
    from filelock import FileLock  # which brings 20 modules along that a question does not need

    path = folder / ".import.lock"
    # The lock's own file is cut short by whoever tries for it in older versions of filelock.
    holder = folder / ".import.holder"
    lock = FileLock(path, mode=FILE_MODE)
    try:
        _acquire(lock, holder, waiting)
    except OSError as error:
        raise StorageFailed(f"cannot be locked: {error.strerror}", where=str(path), mend=MEND_HOME) from error
    try:
        with suppress(OSError):
            holder.write_text(f"process {os.getpid()} on {platform.node()}", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _acquire(lock: "FileLock", holder: Path, waiting: Callable[[str], None]) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=PATIENCE_SECONDS)
    except Timeout:
        waiting(f"waiting for another import to be stored{_named(holder)}; Ctrl-C stops, changing nothing")
        lock.acquire()


def _named(holder: Path) -> str:
    """Return in brackets who holds the lock, as far as that is known."""
    try:
        return f" ({holder.read_text(encoding='utf-8')})"
    except (OSError, UnicodeDecodeError):
        return ""
