"""How far a long import has come, told on stderr."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from usagebill_tui.billing.imports.progress import progress_words, total_bytes
from usagebill_tui.foreign_text import safe, width

Seconds = Callable[[], float]
"""Returns seconds since some instant, never going back."""

FIRST_SECONDS, NEXT_SECONDS = 1.0, 0.2
"""When a terminal is told first, and how often after that."""

LINE_SECONDS = 10.0
"""How often there is a line where there is no terminal."""

_ERASE = "\r\x1b[K"


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


def _cut(text: str, columns: int) -> str:
    while width(text) > columns:
        text = text[:-1]
    return text
