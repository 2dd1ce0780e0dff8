"""An event file from its bytes to checked events, in chunks."""

import io
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from usagebill_tui.domain.verified_reading import records_of
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.choosing import asked_format, choose_reader
from usagebill_tui.events.encodings import known_encoding, recoded
from usagebill_tui.events.expanding import expanded, expander_for, expander_of
from usagebill_tui.events.normalise import Normaliser
from usagebill_tui.events.readers import READERS, EventReader
from usagebill_tui.events.shapes import USAGEBILL
from usagebill_tui.events.source import Source
from usagebill_tui.events.streams import BLOCK_BYTES
from usagebill_tui.events.types import Chunk, Event, Options, Reject

CHUNK_CHARACTERS = 64 * 1024 * 1024
"""A chunk ends early once its rows have more characters than this."""


def read_events(
    source: Source,
    options: Options,
    chunk_rows: int = 50_000,
    readers: Mapping[str, EventReader] = READERS,
) -> Iterator[Chunk]:
    """Yield every row of a file, as an event or a reject, in chunks and in the file's order.

    `readers` are those to choose from, by name; plugins may add some to the built-in ones. Raises WrongCall
    at once where the options make no sense; while reading, NotFound or InvalidInput where the file as a
    whole cannot be used. That it is whole is known at its end only: until then nothing counts.
    """
    if chunk_rows < 1:
        raise WrongCall(f"chunks of {chunk_rows} rows", mend="use at least 1")
    known_encoding(options.encoding)
    objects = Normaliser(options, shape=asked_format(options, readers).shape)
    return _chunks(source, options, objects, chunk_rows, readers)


def _chunks(
    source: Source,
    options: Options,
    objects: Normaliser,
    chunk_rows: int,
    readers: Mapping[str, EventReader],
) -> Iterator[Chunk]:
    with source.open() as stream:
        content, ending = _content(source, stream, options)
        reader = choose_reader(source, ending, content, options, readers)
        source.format = reader.name
        records = records_of(reader, content, source.name)
        normaliser = objects
        events: list[Event] = []
        rejects: list[Reject] = []
        characters = rounded = 0
        for record in records if reader.cells else objects.settle(records):
            if normaliser is objects and reader.cells and record.fields is not None:
                normaliser = _under_header(objects, tuple(record.fields), source.name)
            row = normaliser.normalise(record)
            if isinstance(row, Event):
                events.append(row)
            else:
                rejects.append(row)
            characters += len(record.raw)
            if len(events) + len(rejects) >= chunk_rows or characters > CHUNK_CHARACTERS:
                yield Chunk(events, rejects, normaliser.rounded - rounded)
                events, rejects, characters, rounded = [], [], 0, normaliser.rounded
        while content.read(BLOCK_BYTES):
            pass  # a reader may have had enough before the end, where the checksums stand
        source.format = _format(reader, normaliser)
        if events or rejects:
            yield Chunk(events, rejects, normaliser.rounded - rounded)


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


def _under_header(objects: Normaliser, columns: tuple[str, ...], name: str) -> Normaliser:
    try:
        return objects.under(columns)
    except InvalidInput as error:
        raise InvalidInput(error.what, where=name, mend=error.mend) from None


def _format(reader: EventReader, normaliser: Normaliser) -> str:
    """Return what a file was found to be: its format, and the shapes of its rows unless they are our own."""
    if normaliser.shapes in ((), (USAGEBILL.name,)):
        return reader.name
    return f"{reader.name}:{'+'.join(normaliser.shapes)}"
