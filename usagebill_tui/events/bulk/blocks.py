"""A stream of lines, cut into files of whole lines that a query engine can read."""

import io
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import msgspec

from usagebill_tui.errors import StorageFailed
from usagebill_tui.events.streams import BLOCK_BYTES, stream_of
from usagebill_tui.locations import FILE_MODE

SIZE = 48 * 1024 * 1024
"""A block is about so large: enough to be worth a statement, little enough to be done soon."""
MARGIN = 4 * 1024 * 1024
"""Longer lines are left to the reader that knows how to refuse them."""

_LEAST_SHARE = 3

_ODD = bytes([*range(10), *range(11, 32), ord("\\")])
_PLAIN = bytes(byte for byte in range(256) if byte not in _ODD and byte not in b'\n"')


class Block(msgspec.Struct):
    """Whole lines in a file of their own, the first of them numbered `first`.

    `odd` are the control characters (line feeds aside) and backslashes that they hold, and `quotes` is how
    many quotation marks each of them has (None: some have more than others). Where `ascii` is true they hold
    nothing beyond ASCII; `valid` tells whether they are UTF-8.
    """

    path: Path
    first: int
    lines: int = 0
    size: int = 0
    odd: frozenset[int] = frozenset()
    quotes: int | None = None
    ascii: bool = True
    valid: bool = True
    _first: bytes = b""

    def take(self, begun: bytes, piece: bytes, end: int) -> None:
        """Note what whole lines hold that are about to be written: what was begun, and a piece up to its end.

        What comes after that in the piece is noted too where that is quicker, and again with its own lines.
        """
        marks = begun.translate(None, _PLAIN) + piece.translate(None, _PLAIN)
        marks = marks[: marks.rfind(b"\n") + 1]
        if not self.lines:
            self._first = marks[: marks.find(b"\n") + 1]
            self.odd = frozenset(self._first).difference(b'\n"')
            self.quotes = self._first.count(b'"')
        lines = marks.count(b"\n")
        if self.quotes is None or marks != self._first * lines:
            self.odd = self.odd.union(marks.translate(None, b'\n"'))
            self.quotes = None
        self.lines += lines
        self.size += len(begun) + end
        if not (begun.isascii() and piece.isascii()):
            self.ascii = False
            self.valid = self.valid and _is_utf8(begun + piece[:end])

    def replace(self, old: bytes, new: bytes) -> None:
        """Replace what it holds."""
        data = self.path.read_bytes().replace(old, new)
        self.path.write_bytes(data)
        self.lines, self.size = 0, 0
        self.take(b"", data, len(data))

    def start(self, size: int) -> list[str]:
        """Return the whole lines within the first bytes, at least one."""
        with self.path.open("rb") as file:
            data = file.read(size)
            while b"\n" not in data:
                data += file.read(size)
        return data[: data.rfind(b"\n")].decode().split("\n")

    def texts(self) -> list[str]:
        """Return all lines."""
        return self.path.read_bytes().decode().split("\n")[:-1]


def fair_share(left: int, most: int) -> int:
    """Return how much of what is left to take at once: less at the end, so that workers end together."""
    least = most // _LEAST_SHARE
    share = max(least, -(-left // 2))
    if 0 < left <= share + least // 2:
        share = left
    return min(most, share)


class Blocks:
    """Cuts a stream into blocks; their files lie in a folder and are used again once they are given back.

    The first block is of `first` bytes, and each next one of four times as many, up to `size`: a pipe may be
    slow, and its first rows shall be told of soon. Where so many bytes are `expected`, the last blocks are
    smaller, and the first one too: nothing else can begin before it is there.
    """

    def __init__(
        self,
        stream: io.BufferedReader,
        folder: Path,
        size: int = SIZE,
        first: int | None = None,
        expected: int | None = None,
    ) -> None:
        self._stream = stream
        self._folder = folder
        self._size = size
        self._left = expected
        if first is None:
            first = size if expected is None else size // _LEAST_SHARE
        self._reach = min(first, size)
        self._free: deque[Path] = deque()
        self._made = 0
        self._carried = b""
        self._next = 1
        self.endless = False

    def __iter__(self) -> Iterator[Block]:
        """Yield block by block, as far as lines end; where one does not, `endless` becomes true."""
        while not self.endless:
            block = self._cut()
            if not block.size:
                self.give_back(block)
                return
            self._next += block.lines
            yield block

    def give_back(self, block: Block) -> None:
        """Let a block's file be used for another."""
        self._free.append(block.path)

    def rest(self, block: Block | None = None) -> tuple[io.BufferedReader, int]:
        """Return the block and what follows it, which nobody has read, and the number of its first line."""
        self.endless = True
        return stream_of(self._following(block)), self._next if block is None else block.first

    def _following(self, block: Block | None) -> Iterator[bytes]:
        if block is not None:
            with block.path.open("rb") as file:
                while data := file.read(BLOCK_BYTES):
                    yield data
        yield self._carried
        while data := self._stream.read(BLOCK_BYTES):
            yield data

    def _cut(self) -> Block:
        block = Block(self._free.popleft() if self._free else self._new(), self._next)
        reach = self._reach if self._left is None else min(self._reach, fair_share(self._left, self._size))
        try:
            # A file that was used is written over, not emptied: its pages are in memory already.
            descriptor = os.open(block.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), FILE_MODE)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                for begun, piece, end in self._lines():
                    block.take(begun, piece, end)
                    _write(file, memoryview(begun))
                    _write(file, memoryview(piece)[:end])
                    if block.size >= reach:
                        break
                file.truncate()
            self._reach = min(self._reach * 4, self._size)
            if self._left is not None:
                self._left -= block.size
        except OSError as error:
            mend = "free some space on the disk, or make it writable, and try again"
            raise StorageFailed(
                f"cannot write: {error.strerror}", where=str(block.path), mend=mend
            ) from error
        return block

    def _lines(self) -> Iterator[tuple[bytes, bytes, int]]:
        """Yield whole lines: what was begun before, a piece, and where in it they end.

        A line feed that the last one lacks is added. Nothing is put together: copies are dear.
        """
        while piece := self._stream.read(min(BLOCK_BYTES, self._size)):
            end = piece.rfind(b"\n") + 1
            if end:
                begun, self._carried = self._carried, piece[end:]
                yield begun, piece, end
            else:
                self._carried += piece
                if len(self._carried) > MARGIN:
                    self.endless = True
                    return
        if self._carried:
            begun, self._carried = self._carried, b""
            yield begun, b"\n", 1

    def _new(self) -> Path:
        self._made += 1
        return self._folder / f"block-{self._made}.txt"


def _write(file: io.FileIO, data: memoryview) -> None:
    """Write all of it: a file without a buffer may take less at once."""
    while data:
        data = data[file.write(data) :]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
