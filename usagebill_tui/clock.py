"""The clock, passed in: nothing in the domain or the use cases asks the system what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the instant that counts as now, aware."""


def system_clock() -> datetime:
    """Return the instant that the system's clock shows."""
    return datetime.now(UTC)
