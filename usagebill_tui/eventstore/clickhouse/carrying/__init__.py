"""Carrying what an event store holds to a server, from one, and from one to another."""

from collections.abc import Callable, Sequence

from usagebill_tui.eventstore.protocol import EventStore
from usagebill_tui.store.manifest import Segment


def carry(
    source: EventStore, target: EventStore, step: Callable[[str, int], None]
) -> Sequence[Segment] | None:
    """Carry all that is listed, portion by portion; what is there already is left alone.

    Returns the entries that the manifest is to list there, None where those of the old one hold as well.
    Raises StorageFailed where what is read is not what the manifest says, or does not come out the same.
    """
    from usagebill_tui.eventstore.clickhouse.carrying.work import carry_between

    return carry_between(source, target, step)
