"""What hostile or broken files do: each row gets a reject with its reason, or the file one clear error."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import zstandard

from tests.events.parquet_files import parquet
from tests.events.shapes.reading import read
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.readers.csv_rows import MOST_COLUMNS
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MIB = 1024 * 1024
HEADER = "account,metric,timestamp"
ROW = '{"account":"a","metric":"m","timestamp":"2026-10-01"}'
COLUMNS = ", ".join(f"1 AS c{n}" for n in range(MOST_COLUMNS + 1))


def _with(more: str) -> str:
    return f"{ROW[:-1]},{more}}}"


REJECTS = {
    "NaN": ("u.jsonl", _with('"x":NaN'), "broken JSON"),
    "infinity": ("u.jsonl", _with('"x":-Infinity'), "broken JSON"),
    "an endless exponent": ("u.jsonl", _with('"x":1e99999999999999999999'), "exponent beyond all reason"),
    "a number of 5,000 digits": ("u.jsonl", _with(f'"x":{"9" * 5_000}'), "broken JSON"),
    "deep objects": ("u.jsonl", _with('"x":' + '{"a":' * 60 + "1" + "}" * 60), "deeper than 50 levels"),
    "deep lists": ("u.jsonl", _with('"x":' + "[" * 60 + "]" * 60), "nested deeper than 50 levels"),
    "very deep": ("u.jsonl", "[" * 100_000 + "]" * 100_000, "nested too deep"),
    "deep wrappers": ("u.jsonl", '{"event":' * 9 + ROW + "}" * 9, "account is missing"),
    "a wrapper twice": ("u.jsonl", f'{{"events":[{ROW}],"events":[]}}', "the key 'events' is given twice"),
    "a key twice": ("u.jsonl", _with('"account":"b"'), "the key 'account' is given twice"),
    "a key twice, escaped": ("u.jsonl", _with('"\\u0061ccount":"b"'), "the key 'account' is given twice"),
    "a key twice, spaced": ("u.jsonl", _with('"x" :1,"x":2'), "the key 'x' is given twice"),
    "a key twice, deep": ("u.jsonl", _with('"x":[{"y":{"z":1,"z":1}}]'), "the key 'z' is given twice"),
    "half a character": ("u.jsonl", _with('"x":"\\ud800"'), "broken JSON"),
    "a cut line": ("u.jsonl", ROW[:-9], "broken JSON"),
    "two values a line": ("u.jsonl", ROW + ROW, "broken JSON"),
    "no object": ("u.jsonl", '"account"', "the row is a text, not an object"),
    "an endless name": ("u.jsonl", ROW.replace('"a"', json.dumps("a" * 1_001)), "longer than 1,000"),
    "an endless key": ("u.jsonl", _with(f'"{"k" * 1_001}":1'), "has a name of over 1,000 characters"),
    "too many keys": ("u.jsonl", _with(",".join(f'"k{n}":1' for n in range(1_501))), "more than 1,500"),
    "a time before all": ("u.jsonl", ROW.replace("2026-10-01", "0000-01-01"), "not exist in the calendar"),
    "a time after all": ("u.jsonl", ROW.replace("2026-10-01", "9999-12-31T23:59-01"), "outside the years"),
    "too few fields": ("u.csv", f"{HEADER}\na,m", "the row has 2 fields, the header 3"),
    "too many fields": ("u.csv", f"{HEADER}\na,m,2026-10-01,x", "the row has 4 fields, the header 3"),
    "a quote unclosed": ("u.csv", f'{HEADER}\n"a,m,2026-10-01', "a quote is opened and not closed"),
    "a quote inside": ("u.csv", f'{HEADER}\na"b,m,2026-10-01', "a quote stands inside an unquoted field"),
    "a header as a row": ("u.csv", f"{HEADER}\n{HEADER}", "timestamp 'timestamp' is not a time"),
    "no header": ("u.csv", "acme,calls,2026-10-01\nacme,calls,2026-10-02", "account is missing"),
}  # fmt: skip

ERRORS = {
    "nothing": ("u.csv", b"", "is empty"),
    "blank lines": ("u.csv", b"\n \n", "has no header line"),
    "a header twice": ("u.csv", b"account,metric,account\n", "two columns are called 'account'"),
    "a column unnamed": ("u.csv", b"account,,timestamp\n", "a column has no name"),
    "an endless column name": ("u.csv", b"a," + b"x" * 1_001, "is longer than 1,000 characters"),
    "very many columns": ("u.csv", b",".join(b"%d" % n for n in range(MOST_COLUMNS + 1)), "more than 10,000"),
    "NUL bytes": ("u.csv", b"a,b\n\0,1\n", "line 2 holds a NUL byte"),
    "NUL bytes in JSON": ("u.jsonl", ROW.encode() + b"\0", "line 1 holds a NUL byte"),
    "Latin-1": ("u.jsonl", b'{"x":"\xe9"}', "line 1 is not UTF-8"),
    "UTF-16": ("u.csv", HEADER.encode("utf-16"), "is UTF-16 or UTF-32, not UTF-8; say --encoding"),
    "UTF-16 without a mark": ("u.csv", HEADER.encode("utf-16-le"), "holds a NUL byte"),
    "old Mac lines": ("u.csv", b"a,b\r1,2\r", "lines end in bare carriage returns"),
    "a picture": ("u.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text|is not UTF-8"),
    "an archive": ("u.jsonl", b"PK\x03\x04...", "it is a zip archive"),
    "an archive, compressed": ("u.tar.gz", gzip.compress(b"x"), "the ending '.tar' names no known format"),
    "compressed twice": ("u.csv.gz.gz", gzip.compress(gzip.compress(b"x")), "ending '.gz' names no known"),
    "a page": ("u.json", b"<!DOCTYPE html>", "is neither a JSON array nor an object"),
    "cut JSON": ("u.json", f"[{ROW},{ROW[:-4]}".encode(), "the JSON ends too early"),
    "cut gzip": ("u.jsonl.gz", gzip.compress(ROW.encode())[:-5], "the gzip data ends too early"),
    "cut zstd": ("u.jsonl.zst", zstandard.compress(ROW.encode())[:-1], "the zstd data ends too early"),
    "cut Parquet": ("u.parquet", parquet("1 AS x")[:-1], "the Parquet file ends too early"),
    "an endless header": ("u.csv", b"x" * (17 * MIB), "the header line is longer than 16 MiB"),
    "very many columns in Parquet": ("u.parquet", parquet(COLUMNS), "more than 10,000"),
    "very deep JSON": ("u.json", b"[" * 100_000, "the JSON ends too early"),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTS)
def test_a_bad_row_is_rejected_with_its_reason_and_its_neighbour_counts(case: str) -> None:
    name, data, reason = REJECTS[case]
    found = read(data, name=name)
    assert all(reason in one for one in found.reasons), found.reasons
    assert (len(found.rejects), found.events) == (1, [])
    good = {"u.jsonl": ROW, "u.csv": "a,m,2026-10-01"}[name]
    if case != "no header":
        both = read(f"{data}\n{good}\n", name=name)
        assert (len(both.rejects), len(both.events)) == (1, 1)


@pytest.mark.parametrize("case", ERRORS)
def test_a_bad_file_is_one_clear_error(case: str) -> None:
    name, data, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message) as caught:
        read(data, name=name)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


class _Endless(io.RawIOBase):
    """Gives a start, then the same bytes for ever, up to 160 MiB."""

    def __init__(self, start: bytes, then: bytes) -> None:
        super().__init__()
        self._start = start
        self._then = then * (MIB // len(then))
        self._left = 160 * MIB

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer)
        data = (self._start or self._then)[: len(room)] if self._left > 0 else b""
        self._start = b""
        self._left -= len(data)
        room[: len(data)] = data
        return len(data)


ENDLESS = {
    "a line": ("u.csv", b"account\n", b"x"),
    "a quoted field": ("u.csv", b'account\n"', b"x\n"),
    "ragged rows": ("u.csv", b"account\n", b"a,b,c\n" * 100),
    "a text in a line": ("u.jsonl", b'{"account":"', b"x"),
    "lists in a line": ("u.jsonl", b"", b"[" * 1_000),
    "a text": ("u.json", b'[{"account":"', b"x"),
    "blanks": ("u.json", b"[ ", b" "),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_memory_stays_bounded_in_endless_lines_and_rows(case: str) -> None:
    name, start, then = ENDLESS[case]
    source = Source(name, lambda: io.BufferedReader(_Endless(start, then), 1 << 18))
    tracemalloc.start()
    try:
        chunks = read_events(source, Options())
        rejected = 0
        try:
            for chunk in chunks:
                rejected += len(chunk.rejects)
                if rejected > 20_000:
                    break
        except InvalidInput:
            rejected += 1
        assert rejected
        assert tracemalloc.get_traced_memory()[1] < 100 * MIB
    finally:
        tracemalloc.stop()


def _bombs() -> Iterator[tuple[str, bytes]]:
    blanks = b" " * (128 * MIB)
    yield "u.jsonl.gz", gzip.compress(blanks, 9)
    yield "u.jsonl.zst", zstandard.ZstdCompressor(level=1).compress(blanks)


def test_memory_stays_bounded_in_bombs() -> None:
    for name, data in list(_bombs()):
        tracemalloc.start()
        try:
            with pytest.raises(InvalidInput, match="expands to more than 1,000 times its size"):
                read(data, name=name)
            assert tracemalloc.get_traced_memory()[1] < 200 * MIB
        finally:
            tracemalloc.stop()


def test_rejects_keep_their_whole_row_up_to_a_mebibyte() -> None:
    fits, long = (_with(f'"x":"{"y" * size}"').replace("2026-10-01", "never") for size in (MIB - 100, MIB))
    found = read(f"{fits}\n{long}\n")
    assert found.rejects[0].raw == fits
    assert found.rejects[1].raw == long[:MIB]
    assert found.reasons[0].endswith("write it like 2026-10-01T12:30:00Z")
    assert found.reasons[1].endswith("; only the first 1,048,576 characters of the row are kept")


ODD_NAMES = [
    *("\x1b[31mred", "[/]", "[@click=app.quit]x[/]", "=1+1", "@SUM(A1)", "../../etc/passwd", "C:\\x"),
    *("\u202eabc", "a\nb", "'; DROP TABLE x; --", "${HOME}", "%s%n", "\U0001f4a9"),
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_names(name: str) -> None:
    row = {"id": name, "account": name, "metric": name, "timestamp": "2026-10-01", name: name}
    event = read(json.dumps(row)).event
    assert (event.id, event.account, event.metric) == (name, name, name)
    assert [value.text for value in event.properties.values()] == [name]
