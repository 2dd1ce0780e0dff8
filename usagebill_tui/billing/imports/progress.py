"""How far a long import has come, in words."""

from collections.abc import Sequence
from pathlib import Path

_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


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
        # Of the last parts that were read, rows may still be looked at.
        parts = [f"{rows:,} rows", f"all {bytes_words(size)} read", "storing them"]
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
