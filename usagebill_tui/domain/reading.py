"""What a reader of event files is, and the rows that it finds."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, ClassVar

import msgspec

from usagebill_tui.domain.origin import Origin

_BATCH = 1_000


class Record(msgspec.Struct, frozen=True, gc=False):
    """One row as a reader found it: `fields` by column or key, or the `error` that kept it from being read.

    `line` counts from 1 (for a JSON array: the element's place); `raw` is the row's own text. `head` is what
    must stand before it to be read again: the header line of separated values.
    """

    line: int
    raw: str
    fields: Mapping[str, Any] | None
    error: str | None = None
    head: str = ""


class EventReader(ABC):
    """Reads one format of event files.

    A subclass assigns `name` and `endings`, and `cells` where its rows are cells, as class attributes.
    It sees decompressed bytes and knows nothing of storage.
    """

    origin: Origin | None = None
    """The plugin that it comes from; set when it is registered."""

    examples: ClassVar[Sequence[bytes]] = ()
    """Contents of small files that it reads, for `usagebill plugins check` to try it on."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What `--input-format` calls it."""

    @property
    @abstractmethod
    def endings(self) -> tuple[str, ...]:
        """The endings of its files, in lower case with their dot; empty where it knows them by content."""

    @property
    def cells(self) -> bool:
        """Whether all rows have the same columns and plain texts as values, as in CSV (the default: no).

        An empty text is a missing value then. Otherwise values are what JSON has: text, int, Decimal, bool,
        None, list, dict; never float.
        """
        return False

    def recognises(self, start: bytes) -> bool:
        """Tell from the first bytes of a file (64 KiB or all of it) whether this reader can read it.

        Asked where the ending names no reader, or several, and for piped data.
        """
        del start
        return False

    @abstractmethod
    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        """Yield every row in the file's order, in bounded memory; `name` is the file's, for messages.

        A row that cannot be read becomes a Record with an error. Raises InvalidInput where the file as a
        whole cannot be read.
        """

    def batches(self, stream: BinaryIO, name: str) -> Iterator[Sequence[Record]]:
        """Yield every row in batches of any sizes: what an import takes from a reader.

        By default what `read` yields, 1,000 at a time; a reader that finds many rows at once overrides this.
        """
        rows = self.read(stream, name)
        while batch := list(islice(rows, _BATCH)):
            yield batch
