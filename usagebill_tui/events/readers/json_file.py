"""A JSON file: an array of events, an object that wraps one, or a single event."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.readers.json_scan import Piece, Scanner
from usagebill_tui.events.readers.json_values import records
from usagebill_tui.events.readers.protocol import EventReader, Record
from usagebill_tui.events.readers.text import TOO_LONG, text_blocks

NESTING = 100
"""A value nested deeper is not even decoded."""


@dataclass(frozen=True)
class JsonReader(EventReader):
    """Reads JSON, element by element: the array itself is never held."""

    name: str = "json"
    endings: tuple[str, ...] = (".json",)
    cells: bool = False

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        """Yield the events; raises InvalidInput for a file that is cut off or not one JSON value."""
        scanner = Scanner(text_blocks(stream, name), name)
        first = scanner.peek()
        wrapper = scanner.take_wrapper() if first == "{" else None
        if first == "[" or wrapper:
            yield from _elements(scanner)
        elif first == "{":
            yield from _rows(1, scanner.value())
        else:
            raise InvalidInput("is neither a JSON array nor an object", where=name)
        if wrapper:
            scanner.take_end(wrapper)
        if scanner.peek():
            mend = "for one value a line use --input-format jsonl"
            raise InvalidInput("more follows after the JSON value", where=name, mend=mend)


def _elements(scanner: Scanner) -> Iterator[Record]:
    """Yield the rows of an array, numbered by their element's place."""
    place = 0
    scanner.take("[")
    if scanner.peek() == "]":
        scanner.take("]")
        return
    while True:
        place += 1
        yield from _rows(place, scanner.value())
        if scanner.take(",]", after=f"element {place}") == "]":
            return


def _rows(place: int, piece: Piece) -> Iterator[Record]:
    if piece.cut:
        yield Record(place, piece.text, None, f"the row {TOO_LONG}")
    elif piece.depth > NESTING:
        yield Record(place, piece.text, None, "nested too deep")
    else:
        yield from records(place, piece.text)
