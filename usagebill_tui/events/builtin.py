"""The readers of event files that ship with the project, registered like any plugin's."""

from typing import TYPE_CHECKING

from usagebill_tui.events.readers import READERS
from usagebill_tui.plugin import hookimpl

if TYPE_CHECKING:
    from usagebill_tui.plugin import Registry


@hookimpl
def usagebill_register_event_readers(registry: "Registry") -> None:
    """Register the built-in readers."""
    for reader in READERS.values():
        registry.add_event_reader(reader)
