import io
import tracemalloc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from usagebill_tui.errors import InvalidInput, UsagebillError, WrongCall
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Chunk, Options

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_ROW = b'{"account":"a","metric":"m","timestamp":"2026-10-01"}'


def _chunks(name: str, data: bytes, *, rows: int = 50_000, input_format: str | None = None) -> list[Chunk]:
    source = Source(name, lambda: io.BytesIO(data))
    return list(read_events(source, Options(input_format=input_format), rows))


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "A.JSONL", "dir.csv/b.Ndjson"])
def test_the_ending_chooses_whatever_its_case(name: str) -> None:
    assert _chunks(name, _ROW + b"\n" + _ROW)[0].read == 2


def test_the_input_format_wins_over_the_ending() -> None:
    assert _chunks("a.json", _ROW + b"\n" + _ROW, input_format="jsonl")[0].read == 2
    assert _chunks("a.log", _ROW, input_format="json")[0].read == 1


def test_an_unknown_ending_names_the_known_ones() -> None:
    with pytest.raises(
        InvalidInput, match=r"a\.txt: the ending '\.txt' names no known format; use \.csv, \.tsv, \.jsonl"
    ):
        _chunks("a.txt", _ROW)
    with pytest.raises(InvalidInput, match="the name has no ending"):
        _chunks("usage", _ROW)


def test_calls_that_make_no_sense_fail_before_anything_is_opened() -> None:
    def never() -> io.BytesIO:
        raise AssertionError

    for options in (
        Options(input_format="jsnol"),
        Options(map={"acount": "x"}),
        Options(timezone="Mars/Base"),
    ):
        with pytest.raises(UsagebillError, match=r"did you mean|use an IANA name"):
            read_events(Source("a.csv", never), options)
    with pytest.raises(WrongCall):
        read_events(Source("a.csv", never), Options(), 0)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\x1f\x8b\x08\x00rest", "is not text: it is gzip data"),
        (b"PK\x03\x04rest", "is not text: it is a zip archive"),
        (b"PAR1rest", "is not text: it is a Parquet file"),
        (b"\x28\xb5\x2f\xfdrest", "is not text: it is zstd data"),
        (b"%PDF-1.7", "is not text: it is a PDF document"),
        (b"\xff\xfea\x00", "is UTF-16 or UTF-32, not UTF-8"),
        (b"\xfe\xff\x00a", "is UTF-16 or UTF-32, not UTF-8"),
        (b'[\n"\n\xe9"]', r"line 3 is not UTF-8 \(byte 0xe9\); say how it is written, such as --encoding"),
        (b'[\n"\n\xc3', r"line 3 is not UTF-8 \(byte 0xc3\)"),
        (b'["a\n\x00"]', "is not text: line 2 holds a NUL byte"),
    ],
)
def test_files_of_the_wrong_kind_get_one_clear_error(name: str, data: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^{name}: {message}"):
        _chunks(name, data)


def test_bad_bytes_far_into_a_file_name_their_line() -> None:
    good = b"account,metric,timestamp\n" + "é,m,2026-10-01\n".encode() * 20_000
    with pytest.raises(InvalidInput, match="line 20002 is not UTF-8"):
        _chunks("a.csv", good + b"\xe9,m,2026-10-01\n")
    assert sum(len(chunk.events) for chunk in _chunks("a.csv", good)) == 20_000


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_chunks_hold_as_many_rows_as_asked_for(name: str) -> None:
    data = b"[" + b",".join([_ROW] * 7) + b"]" if name == "a.json" else b"\n".join([_ROW] * 7)
    assert [chunk.read for chunk in _chunks(name, data, rows=3)] == [3, 3, 1]


def test_each_chunk_counts_its_own_rounded_numbers() -> None:
    row = _ROW[:-1] + b',"x":0.1234567890123456789}'
    chunks = _chunks("a.jsonl", b"\n".join([row, row, _ROW, row, row]), rows=2)
    assert [chunk.rounded for chunk in chunks] == [2, 1, 1]


@pytest.mark.parametrize("opening", [b'[{"a":"', b'[{"a":[', b"[7"])
def test_memory_stays_bounded_within_one_endless_value(opening: bytes) -> None:
    class Long(io.RawIOBase):
        left = 300

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: "WriteableBuffer") -> int:
            room = memoryview(buffer)
            self.left -= 1
            data = opening if self.left == 299 else b"7" * len(room) if self.left > 0 else b""
            room[: len(data)] = data
            return len(data)

    tracemalloc.start()
    try:
        with pytest.raises(InvalidInput, match="the JSON ends too early"):
            list(read_events(Source("a.json", lambda: io.BufferedReader(Long(), 1 << 18)), Options()))
        assert tracemalloc.get_traced_memory()[1] < 48 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_reading_goes_on_only_as_chunks_are_asked_for() -> None:
    class Endless(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return (_ROW + b"\n") * ((size or 0) // (len(_ROW) + 1))

    chunks: Iterator[Chunk] = read_events(Source("a.jsonl", Endless), Options(), 10)
    assert [next(chunks).read for _ in range(3)] == [10, 10, 10]
