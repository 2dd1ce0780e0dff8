"""Handing a file's parts to an import: what it can take by itself, and the rest row by row."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, wait

from usagebill_tui.domain.event import Reject
from usagebill_tui.events.bulk.parts import Part
from usagebill_tui.events.preview import Preview
from usagebill_tui.eventstore.protocol import Import

MOST_AHEAD = 4
"""So many parts may be under way at once."""
_TICK = 0.2

Step = tuple[int, Sequence[Reject]]
"""How many rows were read since the step before, and the rejects among them."""


class Delivering:
    """Delivers one file; what was read is looked at for the `preview`, where there is one."""

    def __init__(self, under_way: Import, place: int, preview: Preview | None) -> None:
        self.rejected = 0
        self._under_way = under_way
        self._place = place
        self._preview = preview
        self._ahead: deque[tuple[Part, Future[list[int]]]] = deque()

    def all_of(self, parts: Iterable[Part]) -> Iterator[Step]:
        """Deliver the parts in their order, and yield now and then what was read."""
        for part in parts:
            if part.tables is None:
                yield from self._finish(0)
                yield from self._rows(part, None)
            else:
                self._ahead.append((part, self._under_way.take(self._place, part.tables)))
                yield from self._finish(MOST_AHEAD - 1)
        yield from self._finish(0)

    def _finish(self, ahead: int) -> Iterator[Step]:
        """Wait for the oldest parts until only so many are ahead."""
        while len(self._ahead) > ahead or (self._ahead and self._ahead[0][1].done()):
            part, taking = self._ahead[0]
            while not taking.done():
                wait([taking], timeout=_TICK)
                yield 0, ()
            self._ahead.popleft()
            left = taking.result()
            if part.tables is not None:
                if self._preview is not None:
                    self._preview.add(part.first())
                yield part.tables.lines - len(left), ()
            yield from self._rows(part, left)

    def _rows(self, part: Part, left: Sequence[int] | None) -> Iterator[Step]:
        for chunk in part.rest(left):
            self.rejected += len(chunk.rejects)
            if self._preview is not None and part.tables is None:
                self._preview.add(chunk.events)
            self._under_way.add(self._place, chunk)
            yield chunk.read, chunk.rejects
