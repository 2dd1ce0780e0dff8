"""What a reader of event files is."""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from usagebill_tui.events.types import Record


class EventReader(Protocol):
    """Reads one format.

    `endings` are those of its files, in lower case with their dot. `cells` says that every row has the same
    columns and that its values are plain texts, an empty one being a missing value (as in CSV); otherwise
    values are what JSON has: text, int, Decimal, bool, None, list, dict.
    """

    @property
    def name(self) -> str:
        """What `--input-format` calls it."""
        ...

    @property
    def endings(self) -> tuple[str, ...]:
        """The endings of its files."""
        ...

    @property
    def cells(self) -> bool:
        """Whether rows are cells under columns."""
        ...

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        """Yield every row in the file's order, in bounded memory; `name` is the file's, for messages.

        A row that cannot be read becomes a Record with an error. Raises InvalidInput where the file as a
        whole cannot be read.
        """
        ...
