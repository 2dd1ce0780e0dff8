"""Which reader, and which shape, a file is read by."""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.verified_reading import recognised
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.readers import READERS, EventReader
from usagebill_tui.events.readers.csv_rows import CsvReader
from usagebill_tui.events.shapes import SHAPES, Shape
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options

_BLANKS = b"\xef\xbb\xbf \t\r\n"
_SPELT = {"tab": "\t", "\\t": "\t", "none": ""}


class Asked(NamedTuple):
    """What `--input-format` names: a reader, a shape, both or neither."""

    reader: EventReader | None
    shape: Shape | None


def asked_format(options: Options, readers: Mapping[str, EventReader] = READERS) -> Asked:
    """Return what the options ask for; raises WrongCall for a name that is neither format nor shape."""
    reader: EventReader | None = None
    shape: Shape | None = None
    for name in options.input_format.split(":", 1) if options.input_format is not None else ():
        if name in readers and reader is None and shape is None:
            reader = readers[name]
        elif name in SHAPES and shape is None:
            shape = SHAPES[name]
        else:
            mend = suggestion(name, (*readers, *SHAPES))
            raise WrongCall(f"unknown input format {options.input_format!r}", mend=mend)
    _dialect(options)
    return Asked(reader, shape)


def choose_reader(
    source: Source,
    ending: str,
    stream: io.BufferedReader,
    options: Options,
    readers: Mapping[str, EventReader] = READERS,
) -> EventReader:
    """Return the reader that was asked for, else the one of the ending, else one that recognises the stream.

    Where several have the ending, one that recognises the file comes before the others. Piped data that none
    recognises is of the likely format. Raises InvalidInput for an ending that none of them knows, WrongCall
    for a dialect where the format has none.
    """
    reader = asked_format(options, readers).reader or _fitting(source, ending, stream, readers)
    delimiter, quote = _dialect(options)
    if delimiter is quote is None:
        return reader
    if not isinstance(reader, CsvReader):
        raise WrongCall(
            f"--delimiter and --quote are for CSV, and {source.name} is {reader.name}", mend="leave them out"
        )
    chosen = replace(
        reader,
        delimiter=reader.delimiter if delimiter is None else delimiter,
        quote=reader.quote if quote is None else quote,
    )
    if chosen.delimiter == chosen.quote:
        raise WrongCall("delimiter and quote are the same character", mend="say another --quote, or none")
    return chosen


def _dialect(options: Options) -> tuple[str | None, str | None]:
    """Return the delimiter and the quote that were asked for; raises WrongCall where they can be none."""
    return _mark("delimiter", options.delimiter), _mark("quote", options.quote)


def _mark(option: str, text: str | None) -> str | None:
    if text is None:
        return None
    mark = _SPELT.get(text, text)
    if mark in ("\n", "\r", "\0") or len(mark) > 1 or (not mark and option == "delimiter"):
        mend = "use one character, or tab" if option == "delimiter" else "use one character, or none"
        raise WrongCall(f"--{option} {text!r} cannot be a {option}", mend=mend)
    return mark


def _fitting(
    source: Source, ending: str, stream: io.BufferedReader, readers: Mapping[str, EventReader]
) -> EventReader:
    named = [] if source.piped else [each for each in readers.values() if ending in each.endings]
    if len(named) == 1:
        return named[0]
    start = stream.peek(1)
    among = named or readers.values()
    for reader in [*(each for each in among if recognised(each, start)), *named]:
        return reader
    if source.piped:
        return readers[_likely_format(start)]
    known = ", ".join(ending for reader in readers.values() for ending in reader.endings)
    what = f"the ending {ending!r} names no known format" if ending else "the name has no ending"
    raise InvalidInput(
        what, where=source.name, mend=f"use {known}, or say --input-format {'|'.join(readers)}"
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
