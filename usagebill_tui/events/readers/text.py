"""Bytes of an event file as text, in blocks and in lines: UTF-8 or nothing."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from usagebill_tui.errors import InvalidInput

BLOCK_BYTES = 1 << 18
LIMIT = 16 * 1024 * 1024
"""No line, and no single row, may have more characters than this."""
KEPT = 1 << 20
"""How many characters are kept of one that has more."""
TOO_LONG = f"is longer than 16 MiB; only its first {KEPT:,} characters are kept"

_MAGIC = (
    (b"\x1f\x8b", "gzip data"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PAR1", "a Parquet file"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"%PDF-", "a PDF document"),
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_ENCODING = "say how it is written, such as --encoding windows-1252, or convert it to UTF-8"

Line = tuple[int, str, bool]
"""A line's number, its text without the line feed, and whether it is whole: not longer than `LIMIT`.

Of one that is not, the text is the start.
"""


def text_blocks(stream: BinaryIO, name: str, first: int = 1) -> Iterator[str]:
    """Yield a file's text from its line `first` on, without a byte order mark, in pieces that are not empty.

    Raises InvalidInput for an empty file, one that is not text, and one that is not UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = stream.read(BLOCK_BYTES)
    lines = first
    if first == 1:
        check_start(block, name)
        block = block.removeprefix(codecs.BOM_UTF8)
    while True:
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise _not_utf8(error, lines, name) from None
        if "\0" in text:
            number = lines + text.count("\n", 0, text.index("\0"))
            raise _not_text(f"line {number} holds a NUL byte", name)
        if text:
            yield text
        if not block:
            return
        lines += block.count(b"\n")
        block = stream.read(BLOCK_BYTES)


def text_lines(stream: BinaryIO, name: str, first: int = 1) -> Iterator[Line]:
    """Yield a file's lines from the one with the number `first` on; the last one needs no line feed."""
    number = first
    rest = ""
    skipping = False
    for block in text_blocks(stream, name, first):
        start, *others = block.split("\n")
        if not skipping:
            rest += start
            if len(rest) > LIMIT:
                yield number, rest[:KEPT], False
                skipping, rest = True, ""
        if not others:
            continue
        if not skipping:
            yield number, rest, True
        skipping = False
        rest = others.pop()
        for text in others:
            number += 1
            yield number, text, True
        number += 1
    if rest:
        yield number, rest, True


def check_start(block: bytes, name: str) -> None:
    """Raise InvalidInput where a file's first bytes show that it is empty or no text."""
    if not block:
        raise InvalidInput("is empty", where=name, mend="name a file that holds events")
    for magic, kind in _MAGIC:
        if block.startswith(magic):
            raise _not_text(f"it is {kind}", name)
    if block.startswith(_UTF_16):
        raise InvalidInput(
            "is UTF-16 or UTF-32, not UTF-8", where=name, mend="say --encoding utf-16 or utf-32"
        )


def _not_text(why: str, name: str) -> InvalidInput:
    return InvalidInput(
        f"is not text: {why}",
        where=name,
        mend="name a CSV, JSON Lines or JSON file, or give it its own ending",
    )


def _not_utf8(error: UnicodeDecodeError, lines: int, name: str) -> InvalidInput:
    number = lines + error.object.count(b"\n", 0, error.start)
    found = f"byte 0x{error.object[error.start]:02x}"
    return InvalidInput(f"line {number} is not UTF-8 ({found})", where=name, mend=_ENCODING)
