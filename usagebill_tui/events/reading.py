"""An event file from its bytes to checked events, in chunks."""

import io
from collections.abc import Iterator
from pathlib import PurePath

from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.normalise import Normaliser
from usagebill_tui.events.readers import READERS, EventReader
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Chunk, Event, Options, Reject

CHUNK_CHARACTERS = 64 * 1024 * 1024
"""A chunk ends early once its rows have more characters than this."""

_BLANKS = b"\xef\xbb\xbf \t\r\n"


def read_events(source: Source, options: Options, chunk_rows: int = 50_000) -> Iterator[Chunk]:
    """Yield every row of a file, as an event or a reject, in chunks and in the file's order.

    Raises WrongCall at once where the options make no sense; while reading, NotFound or InvalidInput where
    the file as a whole cannot be used.
    """
    if chunk_rows < 1:
        raise WrongCall(f"chunks of {chunk_rows} rows", mend="use at least 1")
    if options.input_format is not None and options.input_format not in READERS:
        raise WrongCall(
            f"unknown input format {options.input_format!r}", mend=suggestion(options.input_format, READERS)
        )
    objects = Normaliser(options)
    return _chunks(source, options, objects, chunk_rows)


def choose_reader(source: Source, stream: io.BufferedReader, input_format: str | None) -> EventReader:
    """Return the reader that was asked for, else the one of the file's ending, else (piped) the likely one.

    Raises InvalidInput for an ending that none of them knows.
    """
    if input_format is not None:
        return READERS[input_format]
    if source.piped:
        return READERS[_likely_format(stream.peek(1))]
    ending = PurePath(source.name).suffix.lower()
    for reader in READERS.values():
        if ending in reader.endings:
            return reader
    known = ", ".join(ending for reader in READERS.values() for ending in reader.endings)
    what = f"the ending {ending!r} names no known format" if ending else "the name has no ending"
    raise InvalidInput(
        what, where=source.name, mend=f"use {known}, or say --input-format {'|'.join(READERS)}"
    )


def _likely_format(start: bytes) -> str:
    """Guess from the first character: `[` is JSON, `{` JSON Lines if its line also ends it, else CSV."""
    text = start.lstrip(_BLANKS)
    if text.startswith(b"["):
        return "json"
    if not text.startswith(b"{"):
        return "csv"
    line, feed, _ = text.partition(b"\n")
    return "json" if feed and not line.rstrip().endswith(b"}") else "jsonl"


def _chunks(source: Source, options: Options, objects: Normaliser, chunk_rows: int) -> Iterator[Chunk]:
    with source.open() as stream:
        reader = choose_reader(source, stream, options.input_format)
        source.format = reader.name
        normaliser = objects
        events: list[Event] = []
        rejects: list[Reject] = []
        characters = rounded = 0
        for record in reader.read(stream, source.name):
            if normaliser is objects and reader.cells and record.fields is not None:
                normaliser = _under_header(options, tuple(record.fields), source.name)
            row = normaliser.normalise(record)
            if isinstance(row, Event):
                events.append(row)
            else:
                rejects.append(row)
            characters += len(record.raw)
            if len(events) + len(rejects) >= chunk_rows or characters > CHUNK_CHARACTERS:
                yield Chunk(events, rejects, normaliser.rounded - rounded)
                events, rejects, characters, rounded = [], [], 0, normaliser.rounded
        if events or rejects:
            yield Chunk(events, rejects, normaliser.rounded - rounded)


def _under_header(options: Options, columns: tuple[str, ...], name: str) -> Normaliser:
    try:
        return Normaliser(options, columns)
    except InvalidInput as error:
        raise InvalidInput(error.what, where=name, mend=error.mend) from None
