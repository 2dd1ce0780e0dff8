"""Python's collector of cycles, held back where thousands of documents are made and none is a cycle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_SELDOM = 200_000
"""New objects between two looks; Python's own 700 cost a tenth of a run of bills."""


class _Blocks:
    """How many blocks are running, in any thread, and what the thresholds were before the first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running = 0
        self._before = gc.get_threshold()

    def begin(self) -> None:
        with self._lock:
            if not self._running:
                self._before = gc.get_threshold()
                gc.set_threshold(max(self._before[0], _SELDOM) if self._before[0] else 0, *self._before[1:])
            self._running += 1

    def end(self) -> None:
        with self._lock:
            self._running -= 1
            if not self._running:
                gc.set_threshold(*self._before)


_blocks = _Blocks()


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Look for cycles of objects seldom within the block, in all threads."""
    _blocks.begin()
    try:
        yield
    finally:
        _blocks.end()
