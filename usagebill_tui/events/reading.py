"""An event file from its bytes to checked events, in chunks."""

import io
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path, PurePath

from usagebill_tui.domain.verified_reading import records_of
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.bulk.blocks import SIZE, Blocks
from usagebill_tui.events.bulk.csv_rows import CsvInBulk
from usagebill_tui.events.bulk.json_lines import JsonLinesInBulk
from usagebill_tui.events.bulk.parquet_file import ParquetInBulk
from usagebill_tui.events.bulk.parts import Part
from usagebill_tui.events.choosing import asked_format, choose_reader
from usagebill_tui.events.encodings import known_encoding, recoded
from usagebill_tui.events.expanding import expanded, expander_for, expander_of
from usagebill_tui.events.normalise import Normaliser
from usagebill_tui.events.readers import READERS, EventReader
from usagebill_tui.events.readers.csv_rows import CsvReader
from usagebill_tui.events.readers.json_lines import JsonLinesReader
from usagebill_tui.events.readers.parquet_file import ParquetReader
from usagebill_tui.events.shapes import USAGEBILL
from usagebill_tui.events.source import Source
from usagebill_tui.events.streams import BLOCK_BYTES
from usagebill_tui.events.types import Chunk, Event, Options, Record, Reject

_PIPED_FIRST = 1024 * 1024
_ROW_BYTES = 150
CHUNK_ROWS = 50_000
CHUNK_CHARACTERS = 64 * 1024 * 1024
"""A chunk has so many rows at most, and ends early once they have more characters than this."""


def read_events(
    source: Source,
    options: Options,
    chunk_rows: int = CHUNK_ROWS,
    readers: Mapping[str, EventReader] = READERS,
) -> Iterator[Chunk]:
    """Yield every row of a file, as an event or a reject, in chunks and in the file's order.

    `readers` are those to choose from, by name; plugins may add some to the built-in ones. Raises WrongCall
    at once where the options make no sense; while reading, NotFound or InvalidInput where the file as a
    whole cannot be used. That it is whole is known at its end only: until then nothing counts.
    """
    parts = read_parts(source, options, None, chunk_rows, readers)
    return chain.from_iterable(part.rest(None) for part in parts)


def read_parts(
    source: Source,
    options: Options,
    workplace: Path | None,
    chunk_rows: int = CHUNK_ROWS,
    readers: Mapping[str, EventReader] = READERS,
    block_bytes: int = SIZE,
) -> Iterator[Part]:
    """Yield a file's rows in parts and in order; see `read_events` for what is raised.

    In a `workplace` blocks of about so many bytes are put for a query engine to read; without one, all rows
    go the exact way. A part without tables must be read to its end before the next one is asked for.
    """
    if chunk_rows < 1:
        raise WrongCall(f"chunks of {chunk_rows} rows", mend="use at least 1")
    known_encoding(options.encoding)
    objects = Normaliser(options, shape=asked_format(options, readers).shape)
    exact = _Exact(source, objects, chunk_rows)
    return _parts(source, options, exact, readers, workplace, block_bytes)


def _parts(
    source: Source,
    options: Options,
    exact: "_Exact",
    readers: Mapping[str, EventReader],
    workplace: Path | None,
    block_bytes: int,
) -> Iterator[Part]:
    with source.open() as stream:
        content, ending = _content(source, stream, options)
        reader = choose_reader(source, ending, content, options, readers)
        exact.use(reader)
        if workplace is not None and isinstance(reader, JsonLinesReader):
            blocks = _blocks(source, stream, content, workplace, block_bytes)
            yield from JsonLinesInBulk(blocks, source.name, exact.objects, exact.chunks).parts()
            exact.note_format()
        elif workplace is not None and isinstance(reader, CsvReader) and reader.origin is None:
            blocks = _blocks(source, stream, content, workplace, block_bytes)
            yield from CsvInBulk(blocks, source.name, reader, exact.under, exact.chunks).parts()
            exact.note_format()
        elif workplace is not None and isinstance(reader, ParquetReader) and reader.origin is None:
            rows = max(1, block_bytes // _ROW_BYTES)
            bulk = ParquetInBulk(workplace, source.name, exact.objects, exact.chunks, rows)
            yield from bulk.parts(content)
            exact.note_format()
        else:
            yield Part(None, lambda _: exact.chunks(exact.settled(content)))
        while content.read(BLOCK_BYTES):
            pass  # a reader may have had enough before the end, where the checksums stand


def _blocks(
    source: Source, stream: io.BufferedReader, content: io.BufferedReader, workplace: Path, size: int
) -> Blocks:
    # What is compressed, or in another encoding, becomes more or fewer bytes.
    expected = source.size if content is stream else None
    return Blocks(content, workplace, size, _PIPED_FIRST if source.piped else None, expected)


class _Exact:
    """Makes chunks of one file's records, and notes what the file was found to be."""

    def __init__(self, source: Source, objects: Normaliser, chunk_rows: int) -> None:
        self.objects = objects
        self._source = source
        self._normaliser = objects
        self._chunk_rows = chunk_rows

    def use(self, reader: EventReader) -> None:
        """Note by which reader the file is read."""
        self._reader = reader
        self._source.format = reader.name

    def note_format(self) -> None:
        """Note what the file was found to be so far."""
        self._source.format = _format(self._reader, self._normaliser)

    def settled(self, content: io.BufferedReader) -> Iterator[Record]:
        """Return all records, when the first of them have settled the file's usual shape."""
        found = records_of(self._reader, content, self._source.name)
        return found if self._reader.cells else self.objects.settle(found)

    def chunks(self, records: Iterator[Record]) -> Iterator[Chunk]:
        """Yield what becomes of records."""
        normaliser = self._normaliser
        events: list[Event] = []
        rejects: list[Reject] = []
        characters, rounded = 0, normaliser.rounded
        for record in records:
            if normaliser is self.objects and self._reader.cells and record.fields is not None:
                normaliser = self.under(tuple(record.fields))
                rounded = 0
            row = normaliser.normalise(record)
            if isinstance(row, Event):
                events.append(row)
            else:
                rejects.append(row)
            characters += len(record.raw)
            if len(events) + len(rejects) >= self._chunk_rows or characters > CHUNK_CHARACTERS:
                yield Chunk(events, rejects, normaliser.rounded - rounded)
                events, rejects, characters, rounded = [], [], 0, normaliser.rounded
        self.note_format()
        if events or rejects:
            yield Chunk(events, rejects, normaliser.rounded - rounded)

    def under(self, columns: tuple[str, ...]) -> Normaliser:
        """Read rows of cells under these columns from now on; raises InvalidInput where one is missing."""
        try:
            self._normaliser = self.objects.under(columns)
        except InvalidInput as error:
            raise InvalidInput(error.what, where=self._source.name, mend=error.mend) from None
        return self._normaliser


def _content(source: Source, stream: io.BufferedReader, options: Options) -> tuple[io.BufferedReader, str]:
    """Return what is inside a compressed file, in UTF-8, and the ending below the compression's."""
    path = PurePath(source.name)
    ending = path.suffix.lower()
    expander = expander_for(stream.peek(1)) if source.piped else expander_of(ending)
    if expander is None:
        return recoded(stream, options.encoding, source.name), ending
    if not stream.peek(1):
        raise InvalidInput("is empty", where=source.name, mend="name a file that holds events")
    content = expanded(stream, expander, source.name)
    return recoded(content, options.encoding, source.name), PurePath(path.stem).suffix.lower()


def _format(reader: EventReader, normaliser: Normaliser) -> str:
    """Return what a file was found to be: its format, and the shapes of its rows unless they are our own."""
    if normaliser.shapes in ((), (USAGEBILL.name,)):
        return reader.name
    return f"{reader.name}:{'+'.join(normaliser.shapes)}"
