"""The readers of event files, by name."""

from usagebill_tui.events.readers.csv_rows import CsvReader
from usagebill_tui.events.readers.json_file import JsonReader
from usagebill_tui.events.readers.json_lines import JsonLinesReader
from usagebill_tui.events.readers.parquet_file import ParquetReader
from usagebill_tui.events.readers.protocol import EventReader

_TSV = CsvReader(name="tsv", endings=(".tsv",), delimiter="\t")

READERS: dict[str, EventReader] = {
    reader.name: reader for reader in (CsvReader(), _TSV, JsonLinesReader(), JsonReader(), ParquetReader())
}

__all__ = ["READERS", "EventReader"]
