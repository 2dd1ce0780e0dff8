"""The readers of event files, by name."""

from usagebill_tui.events.readers.csv_rows import CsvReader
from usagebill_tui.events.readers.json_file import JsonReader
from usagebill_tui.events.readers.json_lines import JsonLinesReader
from usagebill_tui.events.readers.protocol import EventReader

READERS: dict[str, EventReader] = {
    reader.name: reader for reader in (CsvReader(), JsonLinesReader(), JsonReader())
}

__all__ = ["READERS", "EventReader"]
