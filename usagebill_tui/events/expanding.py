"""Compressed files: expanded piece by piece, checked to their end, and never without bounds."""

import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.streams import BLOCK_BYTES, stream_of

RATIO = 1_000
"""No file may expand to more times its size, once ..."""
FREE_BYTES = 64 * 1024 * 1024
"""... it has expanded to so many bytes."""

_ZSTD_WINDOW = 1 << 27  # what the zstd command line allows as well
_ZSTD_PIECE = 2_048  # its smallest block, 4 bytes, makes 128 KiB: so a piece makes 64 MiB at most
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_DAMAGED = "it was damaged or cut off: get it again"

Expander = Callable[[io.BufferedReader], Iterator[bytes]]


def expander_of(ending: str) -> Expander | None:
    """Return what expands files with an ending, None for one that names no compression."""
    return {".gz": _gunzip, ".zst": _unzstd}.get(ending)


def expander_for(start: bytes) -> Expander | None:
    """Return what expands data that starts so, None where it is not compressed."""
    if start.startswith(_GZIP_MAGIC):
        return _gunzip
    return _unzstd if start.startswith(_ZSTD_MAGIC) else None


def expanded(stream: io.BufferedReader, expander: Expander, name: str) -> io.BufferedReader:
    """Return a compressed stream's content.

    Reading raises InvalidInput where it is cut off, damaged, followed by anything else, or expands beyond
    `RATIO`: what came before counts for nothing then.
    """
    return stream_of(_bounded(stream, expander, name))


def check_expansion(size: int, expanded_size: int, name: str) -> None:
    """Raise InvalidInput for so many bytes that expand to so many more."""
    if expanded_size > FREE_BYTES and expanded_size > RATIO * size:
        raise InvalidInput(
            f"expands to more than {RATIO:,} times its size",
            where=name,
            mend="if it is no trap, expand it yourself and import what comes out",
        )


def _bounded(stream: io.BufferedReader, expander: Expander, name: str) -> Iterator[bytes]:
    counted = _Counting(stream)
    size = 0
    with _translated(name):
        for block in expander(io.BufferedReader(counted, BLOCK_BYTES)):
            size += len(block)
            check_expansion(counted.bytes, size, name)
            yield block


class _Counting(io.RawIOBase):
    """Passes bytes on and counts them."""

    def __init__(self, stream: io.BufferedReader) -> None:
        super().__init__()
        self._stream = stream
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # BufferedReader gives no other
        count = self._stream.readinto(buffer)
        self.bytes += count
        return count


class _Broken(Exception):
    """Compressed data cannot be what it should."""


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except _Broken as error:
        raise InvalidInput(str(error), where=name, mend=_DAMAGED) from None


def _gunzip(stream: io.BufferedReader) -> Iterator[bytes]:
    """Expand the members of a gzip file; only zeros may follow them, as tapes pad with."""
    data = stream.read(BLOCK_BYTES)
    first = True
    while data:
        if not data.startswith(_GZIP_MAGIC[: len(data)]):
            raise _Broken("is not gzip data" if first else "something else follows the gzip data")
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            data = data or stream.read(BLOCK_BYTES)
            if not data:
                raise _Broken("the gzip data ends too early")
            try:
                yield member.decompress(data, BLOCK_BYTES)
            except zlib.error as error:
                raise _Broken(f"broken gzip data: {_reason(error)}") from None
            data = member.unconsumed_tail
        first = False
        data = _after_padding(member.unused_data, stream)


def _after_padding(data: bytes, stream: io.BufferedReader) -> bytes:
    while not data.lstrip(b"\0"):
        data = stream.read(BLOCK_BYTES)
        if not data:
            return b""
    return data.lstrip(b"\0")


def _reason(error: zlib.error) -> str:
    return str(error).rpartition(": ")[2]


def _unzstd(stream: io.BufferedReader) -> Iterator[bytes]:
    """Expand the frames of a zstd file; those that hold no data are skipped."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    data = stream.read(_ZSTD_PIECE)
    first = True
    while data:
        frame = decompressor.decompressobj()
        while not frame.eof:
            if not data:
                raise _Broken("the zstd data ends too early")
            try:
                yield frame.decompress(data)
            except zstandard.ZstdError as error:
                raise _Broken(_zstd_reason(str(error), first=first)) from None
            data = frame.unused_data or stream.read(_ZSTD_PIECE)
        first = False


def _zstd_reason(message: str, *, first: bool) -> str:
    if "Unknown frame descriptor" in message:
        return "is not zstd data" if first else "something else follows the zstd data"
    if "too much memory" in message:
        return "the zstd data needs a window of more than 128 MiB"
    return f"broken zstd data: {message.rpartition(': ')[2]}"
