"""JSON Lines: one JSON value a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from usagebill_tui.events.readers.json_values import records
from usagebill_tui.events.readers.protocol import EventReader, Record
from usagebill_tui.events.readers.text import TOO_LONG, text_lines


@dataclass(frozen=True)
class JsonLinesReader(EventReader):
    """Reads JSON Lines; blank lines are skipped, a line may wrap its event or events."""

    name: str = "jsonl"
    endings: tuple[str, ...] = (".jsonl", ".ndjson")
    cells: bool = False

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        """Yield the events of every line; a line that cannot be read is a Record with an error."""
        for number, line, whole in text_lines(stream, name):
            text = line.strip(" \t\r")
            if not whole:
                yield Record(number, text, None, f"the line {TOO_LONG}")
            elif text:
                yield from records(number, text)
