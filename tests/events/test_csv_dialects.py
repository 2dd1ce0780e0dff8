"""CSV with other delimiters and quotes."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events.shapes.reading import read
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.readers import READERS
from usagebill_tui.events.readers.csv_rows import CsvReader
from usagebill_tui.events.types import Options


def _cells(data: str, delimiter: str, quote: str) -> list[list[str] | None]:
    reader = CsvReader(delimiter=delimiter, quote=quote)
    records = reader.read(io.BytesIO(data.encode()), "u.csv")
    return [None if record.fields is None else list(record.fields.values()) for record in records]


@pytest.mark.parametrize(
    ("delimiter", "quote", "data", "rows"),
    [
        (";", '"', 'a;b\n"1;5";2,3\n', [["1;5", "2,3"]]),
        ("\t", '"', "a\tb\n1\t2\n\t\n", [["1", "2"], ["", ""]]),
        ("\t", '"', "a\tb\tc\n1\t2\t3\n\t\n\n", [["1", "2", "3"], None]),
        ("|", "'", "a|b\n'it''s|'|\"x\"\n", [["it's|", '"x"']]),
        ("^", "]", "a^b\n]^]]]^2\n", [["^]", "2"]]),
        ("-", "\\", "a-b\n\\1-\\-2\n", [["1-", "2"]]),
        (" ", '"', 'a b\n"1 2" 3\n', [["1 2", "3"]]),
        ("\x01", '"', "a\x01b\n1\x012\n", [["1", "2"]]),
        ("¦", "»", "a¦b\n»x\ny»¦2\n", [["x\ny", "2"]]),
        (",", "", 'a,b\n5" pipe,"\n"x,y"\n', [['5" pipe', '"'], ['"x', 'y"']]),
    ],
)
def test_rows(delimiter: str, quote: str, data: str, rows: list[list[str] | None]) -> None:
    assert _cells(data, delimiter, quote) == rows


_MARKS = st.sampled_from(list(",;|\t^]\\-.*'\"$ é"))
_TABLES = st.lists(
    st.lists(st.text(st.sampled_from(list("ab,;|\t^]\\-.*'\"$ é\n")), max_size=5), min_size=2, max_size=2),
    max_size=5,
)


@settings(max_examples=80)
@given(_MARKS, _MARKS, _TABLES)
def test_what_python_writes_in_any_dialect_is_read_back(
    delimiter: str, quote: str, rows: list[list[str]]
) -> None:
    if delimiter == quote:
        return
    output = io.StringIO()
    writer = csv.writer(
        output, delimiter=delimiter, quotechar=quote, lineterminator="\n", quoting=csv.QUOTE_ALL
    )
    writer.writerows([["k", "l"], *rows])
    assert _cells(output.getvalue(), delimiter, quote) == rows


def test_tsv_is_csv_with_tabs() -> None:
    data = b'account\tmetric\ttimestamp\tnote\na\tm\t2026-10-01\t"x\ty"\n'
    assert read(data, name="u.tsv").event.properties["note"].text == "x\ty"
    assert read(data, Options(delimiter="tab"), "u.csv").event.properties["note"].text == "x\ty"
    assert read(data, Options(delimiter="\\t"), "u.csv").format == "csv"
    assert READERS["tsv"].endings == (".tsv",)


def test_the_wrong_delimiter_is_told() -> None:
    with pytest.raises(
        InvalidInput, match=r"u\.csv, line 1: there is one column, called 'a;b'; say --delimiter ';'"
    ):
        read("a;b\n1;2\n", name="u.csv")
    with pytest.raises(InvalidInput, match=r"say --delimiter tab"):
        read("a\tb\n1\t2\n", name="u.csv")
    with pytest.raises(InvalidInput, match=r"say --delimiter ','"):
        read("a,b\n1,2\n", name="u.tsv")


@pytest.mark.parametrize("options", [Options(delimiter=";"), Options(quote="'")])
@pytest.mark.parametrize("name", ["u.json", "u.jsonl"])
def test_a_dialect_is_for_csv(options: Options, name: str) -> None:
    with pytest.raises(WrongCall, match=f"--delimiter and --quote are for CSV, and {name} is {name[2:]}"):
        read("{}", options, name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(delimiter=""), "--delimiter '' cannot be a delimiter; use one character, or tab"),
        (Options(delimiter="none"), "--delimiter 'none' cannot be"),
        (Options(delimiter=";;"), "--delimiter ';;' cannot be"),
        (Options(delimiter="\n"), "cannot be a delimiter"),
        (Options(delimiter="\r"), "cannot be a delimiter"),
        (Options(quote="''"), "cannot be a quote; use one character, or none"),
        (Options(quote="\0"), "cannot be a quote"),
        (Options(delimiter='"'), "delimiter and quote are the same character"),
        (Options(quote=","), "delimiter and quote are the same character"),
        (Options(delimiter=";", quote=";"), "delimiter and quote are the same character"),
    ],
)
def test_marks_that_cannot_be(options: Options, message: str) -> None:
    with pytest.raises(WrongCall, match=message):
        read("a,b\n1,2\n", options, "u.csv")
