"""What every use case works with."""

from typing import NamedTuple

from usagebill_tui.clock import Clock
from usagebill_tui.eventstore.protocol import EventStore
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.store.audit import Author
from usagebill_tui.store.database import Database


class House(NamedTuple):
    """A workspace's stores, the known aggregation types and pricing models, the clock, and who is at work."""

    database: Database
    events: EventStore
    registry: Registry
    clock: Clock
    who: str

    def author(self) -> Author:
        """Return who changes something now."""
        return Author(self.who, self.clock())
