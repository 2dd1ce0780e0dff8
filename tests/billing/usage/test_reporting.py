import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.billing.documents.table import Table
from usagebill_tui.billing.documents.xlsx_sheet import xlsx_document
from usagebill_tui.billing.usage.reporting import usage_table, write_table
from usagebill_tui.domain.usage import Usage
from usagebill_tui.errors import InvalidInput, WrongCall

START = datetime(2023, 11, 1, 4, tzinfo=UTC)
END = datetime(2023, 12, 1, 5, 0, 0, 123456, tzinfo=UTC)
HOSTILE = '=1+1\x1b]0;gone\x07\n"<b>&株_x0041_'
LONG = Decimal("12345678901234567890.123456789012345678")
NAMES = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "1.50", HOSTILE, "http://example.com", "\t=1", "'x"]

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def used(
    units: Decimal | None, *, customer: str = "acme", group: dict[str, str | None] | None = None
) -> Usage:
    return Usage(
        customer=customer,
        metric="tokens",
        start=START,
        end=END,
        units=units,
        events=3,
        left_out=1,
        group=group,
    )


FOUND = [
    used(Decimal("1200.50")),
    used(None, group={"model": "gpt", "region": None}),
    used(LONG, customer=HOSTILE, group={HOSTILE: HOSTILE}),
]


def test_csv_is_the_exact_data(tmp_path: Path) -> None:
    write_table(usage_table(FOUND), tmp_path / "usage.csv")
    text = (tmp_path / "usage.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows[0] == {
        "customer": "acme",
        "metric": "tokens",
        "start": "2023-11-01T04:00:00Z",
        "end": "2023-12-01T05:00:00.123456Z",
        "units": "1200.5",
        "events": "3",
        "left_out": "1",
        "group": "",
    }
    assert (rows[1]["units"], rows[1]["group"]) == ("", '{"model":"gpt","region":null}')
    assert (rows[2]["units"], rows[2]["customer"]) == (str(LONG), HOSTILE)


def test_json_has_numbers_as_text_and_groups_as_objects(tmp_path: Path) -> None:
    write_table(usage_table(FOUND), tmp_path / "usage.json")
    rows = json.loads((tmp_path / "usage.json").read_bytes())
    assert rows[0]["units"] == "1200.5"
    assert rows[0]["events"] == 3
    assert "group" not in rows[0]
    assert rows[1]["units"] is None
    assert rows[1]["group"] == {"model": "gpt", "region": None}
    assert rows[2] == {**rows[2], "customer": HOSTILE, "units": str(LONG), "group": {HOSTILE: HOSTILE}}


def test_no_column_for_groups_where_nothing_is_grouped() -> None:
    assert "group" not in usage_table(FOUND[:1]).columns
    assert "group" in usage_table(FOUND).columns


def test_parquet_keeps_types_digits_instants_and_order(tmp_path: Path) -> None:
    path = tmp_path / "usage.parquet"
    write_table(usage_table(FOUND), path)
    with duckdb.connect(":memory:") as connection:
        described = connection.execute(f"DESCRIBE FROM '{path}'").fetchall()
        rows = connection.execute(
            f'SELECT customer, units, epoch_us(start), epoch_us("end"), events, "group" FROM \'{path}\''  # noqa: S608 - our own path
        ).fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [
        ("customer", "VARCHAR"),
        ("metric", "VARCHAR"),
        ("start", "TIMESTAMP WITH TIME ZONE"),
        ("end", "TIMESTAMP WITH TIME ZONE"),
        ("units", "DECIMAL(38,18)"),
        ("events", "BIGINT"),
        ("left_out", "BIGINT"),
        ("group", "VARCHAR"),
    ]
    assert rows[0] == ("acme", Decimal("1200.5"), 1698811200000000, 1701406800123456, 3, None)
    assert rows[1][1] is None
    assert json.loads(rows[1][5]) == {"model": "gpt", "region": None}
    assert rows[2][:2] == (HOSTILE, LONG)


def test_parquet_keeps_the_order_of_many_rows(tmp_path: Path) -> None:
    path = tmp_path / "usage.parquet"
    write_table(usage_table([used(Decimal(number)) for number in range(30_000)]), path)
    with duckdb.connect(":memory:") as connection:
        values = connection.execute(f"SELECT units FROM '{path}'").fetchall()  # noqa: S608 - our own path
    assert [int(value) for (value,) in values] == list(range(30_000))


@pytest.mark.parametrize("units", [Decimal("1e20"), Decimal("-1e20"), Decimal("1e-19")])
def test_parquet_refuses_what_it_would_have_to_round(units: Decimal, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="more digits than Parquet keeps"):
        write_table(usage_table([used(units)]), tmp_path / "usage.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet"])
def test_a_report_of_nothing_is_a_file_with_the_columns(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"usage.{ending}"
    write_table(usage_table([]), path)
    if ending == "json":
        assert json.loads(path.read_bytes()) == []
    elif ending == "csv":
        assert path.read_text(encoding="utf-8") == "customer,metric,start,end,units,events,left_out\n"
    elif ending == "xlsx":
        assert sheet(path.read_bytes()) == [[("text", name) for name in usage_table([]).columns]]
    else:
        with duckdb.connect(":memory:") as connection:
            assert connection.execute(f"SELECT count(units) FROM '{path}'").fetchall() == [(0,)]  # noqa: S608 - our own path


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet"])
def test_the_same_rows_are_the_same_bytes(ending: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_table(usage_table(FOUND), tmp_path / f"{name}.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_a_sheet_does_not_say_when_it_was_written() -> None:
    with ZipFile(io.BytesIO(xlsx_document(usage_table(FOUND)))) as book:
        assert (
            re.findall(b"[0-9]{4}-[0-9]{2}-[0-9]{2}", book.read("docProps/core.xml")) == [b"2000-01-01"] * 2
        )


def test_another_ending_is_refused_naming_the_four(tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match=r"\.csv, \.json, \.xlsx or \.parquet"):
        write_table(usage_table(FOUND), tmp_path / "usage.xls")


def test_texts_never_become_formulas_or_links() -> None:
    raw = xlsx_document(usage_table([used(None, customer=name) for name in NAMES]))
    with ZipFile(io.BytesIO(raw)) as book:
        assert b"<f" not in book.read("xl/worksheets/sheet1.xml").replace(b"<formatCode", b"")
        assert b"hyperlink" not in book.read("xl/worksheets/sheet1.xml")
    assert [row[0] for row in sheet(raw)[1:]] == [("text", name) for name in NAMES]


def test_a_sheet_has_dates_and_numbers_where_they_are_exact() -> None:
    header, first, second, third = sheet(xlsx_document(usage_table(FOUND)))
    assert header == [("text", name) for name in usage_table(FOUND).columns]
    # 1 November 2023, 04:00, in the days that spreadsheets count; its end has microseconds.
    assert first[2:7] == [
        ("number", "45231.16666666666"),
        ("text", "2023-12-01T05:00:00.123456Z"),
        ("number", "1200.5"),
        ("number", "3"),
        ("number", "1"),
    ]
    assert second[4] == ("nothing", "")
    assert third[4] == ("text", str(LONG))


@settings(max_examples=60)
@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=6), min_size=1, max_size=30))
def test_no_number_in_a_sheet_loses_a_digit(values: list[Decimal]) -> None:
    raw = xlsx_document(Table(columns={"units": "number"}, rows=[{"units": value} for value in values]))
    cells = [row[0] for row in sheet(raw)[1:]]
    # A number cell is read into a double and shown with 15 digits; a text as it is.
    shown = [f"{float(text):.15g}" if kind == "number" else text for kind, text in cells]
    assert [Decimal(text) for text in shown] == values


def test_a_sheet_refuses_what_it_cannot_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="32,768 characters does not fit a cell"):
        xlsx_document(usage_table([used(None, customer="x" * 32_768)]))
    monkeypatch.setattr("usagebill_tui.billing.documents.xlsx_sheet.MOST_ROWS", 2)
    with pytest.raises(InvalidInput, match="3 rows do not fit a sheet"):
        xlsx_document(usage_table(FOUND))


def sheet(raw: bytes) -> list[list[tuple[str, str]]]:
    """Read the cells of the only sheet: each `text`, `number` or `nothing`, with what stands in it."""
    with ZipFile(io.BytesIO(raw)) as book:
        strings = ET.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314 - written by us just now
        root = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - likewise
    texts = [_unescaped("".join(t.text or "" for t in one.iter(f"{MAIN}t"))) for one in strings]
    widest = max(len(row) for row in root.iter(f"{MAIN}row"))
    return [_cells(row, texts, widest) for row in root.iter(f"{MAIN}row")]


def _cells(row: ET.Element, texts: list[str], widest: int) -> list[tuple[str, str]]:
    cells: list[tuple[str, str]] = [("nothing", "")] * widest
    for cell in row:
        place = ord(re.sub("[0-9]", "", cell.attrib["r"])) - ord("A")
        value: Any = cell.findtext(f"{MAIN}v") or ""
        cells[place] = ("text", texts[int(value)]) if cell.get("t") == "s" else ("number", value)
    return cells


def _unescaped(text: str) -> str:
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found.group(1), 16)), text)
