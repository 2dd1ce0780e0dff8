"""Consecutive lines of a file, of which a query engine may take those that it can vouch for."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from usagebill_tui.domain.event import Chunk, Event, Tables


class Part(msgspec.Struct):
    """Lines that may be taken by `tables` (None: they cannot), and what else there is to do with them.

    `rest` yields, the exact way, the rows of the lines that were not taken (None: of all); read it to its
    end. `first` yields the first events of lines that may be taken, for people to look at.
    """

    tables: Tables | None
    rest: Callable[[Sequence[int] | None], Iterator[Chunk]]
    first: Callable[[], Iterator[Event]] = lambda: iter(())
