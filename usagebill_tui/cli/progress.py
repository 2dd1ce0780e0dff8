"""How far a long import has come, told on stderr."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from usagebill_tui.foreign_text import safe, width

Seconds = Callable[[], float]
"""Returns seconds since some instant, never going back."""

FIRST_SECONDS, NEXT_SECONDS = 1.0, 0.2
"""When a terminal is told first, and how often after that."""

LINE_SECONDS = 10.0
"""How often there is a line where there is no terminal."""

_ERASE = "\r\x1b[K"
_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


class ImportProgress:
    """Tells rows, bytes, rate and time left: on a terminal in one line that is renewed, else line by line.

    `total` is how many bytes there are, where that is known. A short import shows nothing.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        label: str = "",
        total: int | None = None,
        clock: Seconds = time.monotonic,
        terminal: bool,
        columns: int = 80,
    ) -> None:
        self._stream = stream
        self._label = safe(f"{label}: ") if label else ""
        self._total = total
        self._clock = clock
        self._terminal = terminal
        self._columns = columns
        self._began = clock()
        self._due = self._began + (FIRST_SECONDS if terminal else LINE_SECONDS)
        self._shown = False

    def __call__(self, rows: int, size: int) -> None:
        """Take note of the rows and bytes read so far, and tell them when it is time to."""
        now = self._clock()
        if now < self._due:
            return
        self._due = now + (NEXT_SECONDS if self._terminal else LINE_SECONDS)
        self._shown = True
        line = self._label + progress_words(rows, size, self._total, now - self._began)
        if self._terminal:
            self._stream.write(_ERASE + _cut(line, self._columns - 1))
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def say(self, sentence: str) -> None:
        """Say something else, on a line of its own."""
        self.close()
        self._stream.write(f"{safe(sentence)}\n")
        self._stream.flush()

    def close(self) -> None:
        """Leave the terminal's line as it was found."""
        if self._terminal and self._shown:
            self._stream.write(_ERASE)
            self._stream.flush()
        self._shown = False


@contextmanager
def told_progress(files: Sequence[str], label: str = "") -> Iterator[ImportProgress]:
    """Give what tells on stderr how far an import of these files has come."""
    progress = ImportProgress(
        sys.stderr,
        label=label,
        total=total_bytes(files),
        terminal=sys.stderr.isatty(),
        columns=shutil.get_terminal_size().columns,
    )
    try:
        yield progress
    finally:
        progress.close()


def total_bytes(files: Sequence[str]) -> int | None:
    """Return how many bytes the files have; None where one of them is a pipe or cannot be looked at."""
    total = 0
    for file in files:
        try:
            path = Path(file)
            if file == "-" or not path.is_file():
                return None
            total += path.stat().st_size
        except (OSError, ValueError):
            return None
    return total


def progress_words(rows: int, size: int, total: int | None, seconds: float) -> str:
    """Return how far an import has come after so many seconds."""
    rate = f"{rows / seconds:,.0f} rows/s" if seconds > 0 else ""
    if total is None:
        parts = [f"{rows:,} rows", bytes_words(size), rate]
    elif size >= total:
        parts = [f"{rows:,} rows read", bytes_words(size), "storing them"]
    else:
        left = (total - size) * seconds / size if size else None
        share = f"{bytes_words(size)} of {bytes_words(total)}"
        parts = [f"{rows:,} rows", share, rate, "" if left is None else f"{time_words(left)} left"]
    return " · ".join(part for part in parts if part)


def bytes_words(size: int) -> str:
    """Return a number of bytes in the unit in which people read it."""
    for unit, factor in _UNITS:
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def time_words(seconds: float) -> str:
    """Return a duration, rounded up."""
    whole = int(seconds) + 1
    if whole < 100:  # noqa: PLR2004 - up to here people read seconds
        return f"{whole} s"
    minutes = whole // 60 + 1
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60 + 1} h"  # noqa: PLR2004 - likewise


def _cut(text: str, columns: int) -> str:
    while width(text) > columns:
        text = text[:-1]
    return text
