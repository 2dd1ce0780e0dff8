"""The clock, passed in: nothing in the domain or the use cases asks the system what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the instant that counts as now, aware."""


def system_clock() -> datetime:
    """Return the instant that the system's clock shows."""
    return datetime.now(UTC)


class StoppedClock:
    """Shows one instant for ever: the time of sample data, which no longer passes."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return it."""
        return self.now
