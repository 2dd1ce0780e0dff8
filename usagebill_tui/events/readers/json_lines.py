"""JSON Lines: one JSON value a line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from usagebill_tui.events.readers.json_values import records
from usagebill_tui.events.readers.protocol import EventReader, Record
from usagebill_tui.events.readers.text import TOO_LONG, Line, text_lines


@dataclass(frozen=True)
class JsonLinesReader(EventReader):
    """Reads JSON Lines; blank lines are skipped, a line may wrap its event or events."""

    name: str = "jsonl"
    endings: tuple[str, ...] = (".jsonl", ".ndjson")
    cells: bool = False

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        """Yield the events of every line; a line that cannot be read is a Record with an error."""
        return rows_of(text_lines(stream, name))


def rows_of(lines: Iterable[Line]) -> Iterator[Record]:
    """Yield the events of lines; one that cannot be read is a Record with an error."""
    for number, line, whole in lines:
        text = line.strip(" \t\r")
        if not whole:
            yield Record(number, text, None, f"the line {TOO_LONG}")
        elif text:
            yield from records(number, text)
