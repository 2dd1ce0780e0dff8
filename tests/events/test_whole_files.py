"""A file counts as a whole, however much of it its reader wanted."""

import gzip
import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.readers.protocol import EventReader, Record
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options

ROW = {"account": "a", "metric": "m", "timestamp": "2026-10-01"}


class _First(EventReader):
    """Reads one line and has had enough."""

    name = "first"
    endings = (".first",)

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        del name
        stream.readline()
        yield Record(1, "x", ROW)


def _read(source: Source) -> int:
    return sum(chunk.read for chunk in read_events(source, Options(), readers={"first": _First()}))


def test_the_digest_is_that_of_the_whole_file() -> None:
    data = b"one\n" + b"more\n" * 1_000_000
    source = Source("u.first", lambda: io.BytesIO(data))
    assert _read(source) == 1
    assert (source.bytes, source.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_checksums_behind_what_was_read_are_looked_at() -> None:
    data = bytearray(gzip.compress(b"one\n" + bytes(range(256)) * 10_000, 0))
    assert _read(Source("u.first.gz", lambda: io.BytesIO(bytes(data)))) == 1
    data[-20] ^= 1
    with pytest.raises(InvalidInput, match="incorrect data check"):
        _read(Source("u.first.gz", lambda: io.BytesIO(bytes(data))))
