"""Where event bytes come from: read once, counted and hashed on the way."""

import hashlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from usagebill_tui.errors import InvalidInput, NotFound, StorageFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER_BYTES = 1 << 18


class Source:
    """One event file. `name` is what messages call it.

    `format` is the name of the reader, once one is chosen. `sha256` and `bytes` tell of the raw bytes
    read so far: of the whole file once its events are read to the end. `size` is how many there seemed to be
    when it was opened; None where that is not known.
    """

    def __init__(self, name: str, opener: Callable[[], BinaryIO], *, piped: bool = False) -> None:
        self.name = name
        self.piped = piped
        self.format = ""
        self.size: int | None = None
        self._opener = opener
        self._digest = hashlib.sha256()
        self._bytes = 0

    @property
    def sha256(self) -> str:
        """The digest of the bytes read, in hexadecimal digits."""
        return self._digest.hexdigest()

    @property
    def bytes(self) -> int:
        """How many bytes were read."""
        return self._bytes

    def open(self) -> io.BufferedReader:
        """Open for reading from the start; raises NotFound or InvalidInput where that cannot be done."""
        try:
            stream = self._opener()
        except (FileNotFoundError, ValueError):
            raise NotFound("there is no such file", where=self.name, mend="check the path") from None
        except IsADirectoryError:
            raise self._directory() from None
        except PermissionError:
            raise InvalidInput("may not be read", where=self.name, mend="check its permissions") from None
        except OSError as error:
            raise InvalidInput(f"cannot be opened: {error.strerror}", where=self.name) from None
        self._digest = hashlib.sha256()
        self._bytes = 0
        self.size = None if self.piped else _size_of(stream)
        return io.BufferedReader(_Counted(stream, self._count, self.name), BUFFER_BYTES)

    def _count(self, data: memoryview) -> None:
        self._digest.update(data)
        self._bytes += len(data)

    def _directory(self) -> InvalidInput:
        return InvalidInput("is a directory", where=self.name, mend="name the event files in it")


def file_source(path: Path) -> Source:
    """Return a file on disk (or a named pipe) as a source; nothing is opened yet."""

    def opened() -> BinaryIO:
        if path.is_dir():
            raise IsADirectoryError
        return path.open("rb")

    return Source(as_text(str(path)), opened, piped=path.is_fifo())


def as_text(name: str) -> str:
    """Return a file's name as text that can be stored: bytes of it that are no text are escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


def stdin_source() -> Source:
    """Return standard input as a source; it can be read once."""
    return Source("standard input", lambda: sys.stdin.buffer, piped=True)


def open_source(argument: str) -> Source:
    """Return what an argument names: a path, or standard input for `-`."""
    return stdin_source() if argument == "-" else file_source(Path(argument))


def _size_of(stream: BinaryIO) -> int | None:
    try:
        return os.fstat(stream.fileno()).st_size
    except OSError:
        return None


class _Counted(io.RawIOBase):
    """Passes a stream's bytes on, full buffers while there are any, and reports them."""

    def __init__(self, stream: BinaryIO, count: Callable[[memoryview], None], name: str) -> None:
        super().__init__()
        self._stream = stream
        self._count = count
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer)
        try:
            size = self._read(room)
        except OSError as error:
            raise StorageFailed(f"cannot be read: {error.strerror}", where=self._name) from None
        self._count(room[:size])
        return size

    def _read(self, room: memoryview) -> int:
        if isinstance(self._stream, io.BufferedReader):
            return self._stream.readinto(room)
        data = self._stream.read(len(room))
        room[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed and self._stream is not getattr(sys.stdin, "buffer", None):
            self._stream.close()
        super().close()
