import io

import pytest

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.readers import READERS
from usagebill_tui.events.types import Record

_LIMIT = 16 * 1024 * 1024
_KEPT = 1024 * 1024


def _read(data: str | bytes) -> list[Record]:
    raw = data.encode() if isinstance(data, str) else data
    return list(READERS["csv"].read(io.BytesIO(raw), "u.csv"))


def _cells(data: str) -> list[list[str] | None]:
    return [None if r.fields is None else list(r.fields.values()) for r in _read(data)]


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("a,b\n1,2\n", [["1", "2"]]),
        ("a,b\n1,2", [["1", "2"]]),
        ("a,b\r\n1,2\r\n3,4\r\n", [["1", "2"], ["3", "4"]]),
        ("a,b\n", []),
        ("a,b", []),
        ("\n\na,b\n\n \n1,2\n\n", [["1", "2"]]),
        ("a\n\nx\n \n", [["x"]]),
        ('a,b\n"1,5","say ""hi"""\n', [["1,5", 'say "hi"']]),
        ('a,b\n"",""""\n', [["", '"']]),
        ('a,b\n"one\ntwo",2\n3,4\n', [["one\ntwo", "2"], ["3", "4"]]),
        ('a,b\r\n"one\r\n\r\ntwo",2\r\n3,4', [["one\r\n\r\ntwo", "2"], ["3", "4"]]),
        ('"a\nb",c\n1,2', [["1", "2"]]),
        ('a,b\n1,"2"', [["1", "2"]]),
        ("a,b\n 1 ,\t\n", [[" 1 ", "\t"]]),
        ("\ufeffa,b\n1,2", [["1", "2"]]),
    ],
)
def test_rows(data: str, rows: list[list[str]]) -> None:
    assert _cells(data) == rows


def test_the_header_keeps_names_as_written_and_drops_the_byte_order_mark() -> None:
    (record,) = _read('\ufeff"usage.output", b\n1,2')
    assert record.fields == {"usage.output": "1", " b": "2"}


def test_lines_are_those_where_rows_start_and_raw_is_the_text_of_the_row() -> None:
    records = _read('\na,b\r\n\r\n1,2\r\n"x\r\ny","z"\r\n5\r\n6,7')
    assert [(r.line, r.raw) for r in records] == [(4, "1,2"), (5, '"x\r\ny","z"'), (7, "5"), (8, "6,7")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1", "the row has 1 fields, the header 2"),
        ("1,2,3", "the row has 3 fields, the header 2"),
        ('"1",2,', "the row has 3 fields, the header 2"),
        ('"1"x,2', "a quote stands inside an unquoted field, or text beside a quoted one"),
        ('5" pipe,2', "a quote stands inside an unquoted field"),
        (' "1",2', "a quote stands inside an unquoted field"),
        ('"1,2', "a quote is opened and not closed"),
        ('1,"', "a quote is opened and not closed"),
        ('1,"2""', "a quote is opened and not closed"),
    ],
)
def test_a_bad_row_is_kept_with_its_reason_and_the_next_are_read(row: str, reason: str) -> None:
    bad, *good = _read(f"a,b\n{row}\n3,4\n5,6\n")
    assert (bad.line, bad.raw, bad.fields) == (2, row, None)
    assert reason in str(bad.error)
    assert [(r.line, r.raw, r.error) for r in good] == [(3, "3,4", None), (4, "5,6", None)]


def test_an_unclosed_quote_does_not_swallow_the_rows_up_to_the_next_quote() -> None:
    records = _read('a,b\n"1,2\n3,4\n"5",6\n7,"8\n9"\n"')
    assert [(r.line, r.raw, r.fields is None) for r in records] == [
        (2, '"1,2', True),
        (3, "3,4", False),
        (4, '"5",6', False),
        (5, '7,"8\n9"', False),
        (7, '"', True),
    ]


def test_many_unclosed_quotes_are_read_in_linear_time() -> None:
    records = _read("a,b\n" + '1,"x\n1,2\n' * 20_000)
    assert [r.fields is None for r in records] == [True, False] * 20_000


def test_a_line_beyond_the_limit_is_one_reject_and_reading_goes_on() -> None:
    records = _read(b"a,b\n1,2\n3," + b"x" * _LIMIT + b"\n5,6\n7," + b"y" * (_LIMIT - 2) + b"\n")
    assert [(r.line, r.fields is None) for r in records] == [(2, False), (3, True), (4, False), (5, False)]
    assert records[1].raw == "3," + "x" * (_KEPT - 2)
    assert "is longer than 16 MiB" in str(records[1].error)


@pytest.mark.parametrize("filler", ["5," + "6" * 2_045, "5,6"])
def test_an_unclosed_quote_is_given_up_after_so_many_characters_or_lines(filler: str) -> None:
    lines = _LIMIT // 2_048 + 1 if len(filler) > 3 else 100_001
    first, *others, last = _read('a,b\n1,"x\n' + f"{filler}\n" * lines + '"\n')
    assert (first.raw, first.fields) == ('1,"x', None)
    assert len(others) == lines
    assert all(record.fields is not None for record in others)
    assert (last.raw, last.fields) == ('"', None)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("\n \n", "u.csv: has no header line"),
        ("a,b,a\n1,2,3", "u.csv, line 1: two columns are called 'a'"),
        ("\na,,b\n1,2,3", "u.csv, line 2: a column has no name"),
        ("a, \n1,2", "a column has no name"),
        ('a,"b\n1,2', "the header line is broken: a quote is opened and not closed"),
        ("a,b\r1,2\r3,4", "lines end in bare carriage returns"),
    ],
)
def test_headers_that_name_no_columns(header: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        _read(header)
