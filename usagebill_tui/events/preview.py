"""The first rows of an import, as they would be stored."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from usagebill_tui.domain.event import Event

FIRST = 10
"""So many rows are shown."""


class Preview:
    """Keeps the first events of an import's first file, with the ids that they would get."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._places: Counter[str] = Counter()

    def add(self, events: Iterable[Event]) -> None:
        """Look at events of the file in their order."""
        for event in events:
            if len(self.events) >= FIRST:
                return
            self.events.append(event if event.id is not None else self._named(event))

    def _named(self, event: Event) -> Event:
        """Name an event without an id as the store does: by its content and its place among equal ones."""
        self._places[event.content] += 1
        place = self._places[event.content]
        digits = event.content
        grouped = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        name = f"content-{grouped}" if place == 1 else f"content-{grouped}-{place}"
        return msgspec.structs.replace(event, id=name)
