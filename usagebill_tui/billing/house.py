"""What every use case works with."""

from typing import NamedTuple

from usagebill_tui.clock import Clock
from usagebill_tui.eventstore.protocol import EventStore
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.store.audit import Author
from usagebill_tui.store.database import Database
from usagebill_tui.stores import Stores


class House(NamedTuple):
    """A workspace's stores, the known aggregation types and pricing models, the clock, and who is at work."""

    stores: Stores
    registry: Registry
    clock: Clock
    who: str

    @property
    def database(self) -> Database:
        """Return catalogue and ledger."""
        return self.stores.database

    @property
    def events(self) -> EventStore:
        """Return the event store, opening it where nobody has asked for it yet."""
        return self.stores.events

    def author(self) -> Author:
        """Return who changes something now."""
        return Author(self.who, self.clock())
