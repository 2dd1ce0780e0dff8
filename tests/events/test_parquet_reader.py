"""Parquet rows are what their JSON would be, and exact."""

import io
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.events.parquet_files import ONE_ROW, parquet
from tests.events.shapes.reading import Read, read, seen
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events import expanding
from usagebill_tui.events.readers import READERS
from usagebill_tui.events.readers.parquet_file import _copied, opened
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options, Record

BASE = "'a' AS account, 'm' AS metric, TIMESTAMPTZ '2026-10-01 12:30:00Z' AS timestamp"

_LONG = "12345678901234567890.123456789012345678"
_UUID = "5b1d0d3a-38bc-4b0c-9d4d-0e65b1a4ee70"


def _records(columns: str, rows: str = ONE_ROW, options: str = "") -> list[Record]:
    return list(READERS["parquet"].read(io.BytesIO(parquet(columns, rows, options)), "u.parquet"))


def _read(columns: str, rows: str = ONE_ROW, options: Options | None = None) -> Read:
    return read(parquet(columns, rows), options, "u.parquet")


def _value(expression: str) -> Any:
    (record,) = _records(f"{expression} AS x")
    assert record.error is None
    return (record.fields or {})["x"]


def test_a_file_becomes_events() -> None:
    data = parquet(f"'e' || i AS id, {BASE}, i / 7.0::DOUBLE AS gb", "range(3) t(i)")
    found = read(data, name="U.Parquet")
    assert found.format == "parquet"
    assert [event.id for event in found.events] == ["e0", "e1", "e2"]
    assert [event.line for event in found.events] == [1, 2, 3]
    assert str(found.events[1].properties["gb"].number) == "0.14285714285714285"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1::TINYINT", 1),
        ("(-9223372036854775808)::BIGINT", -(2**63)),
        ("18446744073709551615::UBIGINT", 2**64 - 1),
        ("1.50::DECIMAL(10,2)", Decimal("1.50")),
        (f"{_LONG}::DECIMAL(38,18)", Decimal(_LONG)),
        ("99999999999999999999999999999999999999::DECIMAL(38,0)", Decimal("9" * 38)),
        ("0.1::FLOAT", Decimal("0.1")),
        ("'0.30000000000000004'::DOUBLE", Decimal("0.30000000000000004")),
        ("1e300::DOUBLE", Decimal("1e300")),
        ("'nan'::DOUBLE", "NaN"),
        ("'-inf'::DOUBLE", "-Infinity"),
        ("'inf'::FLOAT", "Infinity"),
        ("true", True),
        ("NULL::VARCHAR", None),
        ("NULL", None),
        ("''", ""),
        ("'é' || chr(10)", "é\n"),
        ("DATE '2026-10-01'", "2026-10-01"),
        ("TIME '01:02:03'", "01:02:03"),
        ("TIMESTAMP '2026-10-01 01:02:03.5'", "2026-10-01T01:02:03.5"),
        ("TIMESTAMP_NS '2026-10-01 01:02:03.123456789'", "2026-10-01T01:02:03.123456789"),
        ("TIMESTAMP_S '2026-10-01 01:02:03'", "2026-10-01T01:02:03"),
        ("TIMESTAMPTZ '2026-10-01 02:00:00+02'", "2026-10-01T00:00:00Z"),
        (f"UUID '{_UUID}'", _UUID),
        ("INTERVAL 3 DAYS", "3 days"),
        ("'e'::ENUM ('e')", "e"),
        ("{'in': 1.5::FLOAT, 'out': NULL::INT}", {"in": Decimal("1.5"), "out": None}),
        ("{'a': {'b c': [DATE '2026-10-01', NULL]}}", {"a": {"b c": ["2026-10-01", None]}}),
        ("MAP {'k': 0.1::DOUBLE, 'l': NULL}", {"k": Decimal("0.1"), "l": None}),
        ("MAP {1: 'x'}", {"1": "x"}),
        ("MAP {DATE '2026-10-01': [1]}", {"2026-10-01": [1]}),
        (f"[{{'u': UUID '{_UUID}'}}]", [{"u": _UUID}]),
        ("[]::INT[]", []),
        ('\'{"a": [1.50, null]}\'::JSON', {"a": [Decimal("1.50"), None]}),
    ],
)  # fmt: skip
def test_values(expression: str, value: object) -> None:
    found = _value(expression)
    assert found == value
    assert type(found) is type(value)


@settings(max_examples=8)
@given(st.lists(st.floats(), min_size=1, max_size=40))
@example([0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e16, 123456789012345680.0])
def test_doubles_are_the_number_of_their_shortest_text(values: list[float]) -> None:
    literals = ", ".join(f"'{value!r}'::DOUBLE" for value in values)
    for record, value in zip(_records(f"unnest([{literals}]) AS x"), values, strict=True):
        found = (record.fields or {})["x"]
        if math.isfinite(value):
            assert found == Decimal(repr(value))
            assert float(found) == value
        else:
            assert found in ("NaN", "Infinity", "-Infinity")


def test_a_text_that_is_no_number_leaves_events_in_as_a_nan_in_csv_does() -> None:
    event = _read(f"{BASE}, 'nan'::DOUBLE AS x").event
    assert (event.properties["x"].number, event.properties["x"].text) == (None, "NaN")


def test_nested_columns_and_columns_that_are_paths_become_paths() -> None:
    columns = f"""{BASE}, {{'in': 1, 'deep': {{'x': 2}}}} AS usage, 3 AS "usage2.output", 4 AS "a..b",
        MAP {{'k': 5}} AS m, [1, 2] AS l, NULL::STRUCT(a INT) AS nothing"""
    event = _read(columns).event
    assert {path: value.as_text() for path, value in event.properties.items()} == {
        "usage.in": "1",
        "usage.deep.x": "2",
        "usage2.output": "3",
        '"a..b"': "4",
        "m.k": "5",
        "l": "[1,2]",
    }


def test_a_path_whose_start_is_a_column_too_stays_a_key() -> None:
    event = _read(f"""{BASE}, {{'b': 1}} AS a, 2 AS "a.b", 3 AS "x.y", 4 AS "x.z" """).event
    assert {path: value.as_text() for path, value in event.properties.items()} == {
        "a.b": "1",
        '"a.b"': "2",
        "x.y": "3",
        "x.z": "4",
    }


@pytest.mark.parametrize(
    "properties",
    [
        "{'gb': 1.5, 'r': 'eu'}",
        "MAP {'gb': '1.5', 'r': 'eu'}",
        '\'{"gb": 1.5, "r": "eu"}\'',
        '\'{"gb": 1.5, "r": "eu"}\'::JSON',
    ],
)
def test_properties_are_a_struct_a_map_or_the_text_of_an_object(properties: str) -> None:
    event = _read(f"{BASE}, {properties} AS properties").event
    assert {path: value.as_text() for path, value in event.properties.items()} == {"gb": "1.5", "r": "eu"}


def test_shapes_are_known_by_columns() -> None:
    nested = """'id1' AS identifier, 'calls' AS event_name, 1790857800 AS timestamp,
        {'stripe_customer_id': 'cus_1', 'value': '25'} AS payload"""
    flat = """'id1' AS identifier, 'calls' AS event_name, 1790857800 AS timestamp,
        'cus_1' AS "payload.stripe_customer_id", '25' AS "payload.value" """
    for found in (_read(nested), _read(flat)):
        assert found.format == "parquet:stripe"
        assert seen(found.event) == {
            "id": "id1",
            "source": "",
            "account": "cus_1",
            "metric": "calls",
            "timestamp": "2026-10-01T12:30:00Z",
            "properties": {"value": "25"},
        }


def test_times_without_a_zone_are_read_in_the_one_that_is_said() -> None:
    columns = "'a' AS account, 'm' AS metric, TIMESTAMP '2026-10-01 02:00:00' AS timestamp"
    event = _read(columns, options=Options(timezone="Europe/Berlin")).event
    assert seen(event)["timestamp"] == "2026-10-01T00:00:00Z"
    days = "'a' AS account, 'm' AS metric, DATE '2026-10-01' AS timestamp"
    assert seen(_read(days).event)["timestamp"] == "2026-10-01T00:00:00Z"


def test_the_same_rows_have_the_same_content_in_every_format() -> None:
    usage = "{'in': 5, 'out': 0.1::DOUBLE} AS usage, 1.50::DECIMAL(9,2) AS gb"
    columnar = _read(f"'e' AS id, 's' AS source, {BASE}, {usage}, 'x' AS note").event
    row = '"id":"e","source":"s","account":"a","metric":"m","timestamp":"2026-10-01T12:30:00Z"'
    lines = read(f'{{{row},"usage":{{"in":5.0,"out":1e-1}},"gb":1.5,"note":"x"}}').event
    header = "id,source,account,metric,timestamp,usage.in,usage.out,gb,note"
    cells = read(f"{header}\ne,s,a,m,2026-10-01 12:30,5,0.1,1.5,x", name="u.csv").event
    assert columnar.properties == lines.properties == cells.properties
    assert columnar.content == lines.content == cells.content


def test_bytes_reject_their_row_and_no_other() -> None:
    columns = "CASE WHEN i = 1 THEN 'x'::BLOB END AS b, [NULL, CASE WHEN i = 2 THEN 'y'::BLOB END] AS l"
    found = _read(f"{BASE}, {columns}", "range(4) t(i)")
    assert [event.line for event in found.events] == [1, 4]
    assert [reject.line for reject in found.rejects] == [2, 3]
    assert found.reasons == ["column 'b' holds bytes", "column 'l' holds bytes"]


def test_rejects_keep_the_row_as_json_that_can_be_mended() -> None:
    found = _read("'a' AS account, 1.50::DECIMAL(4,2) AS gb, 'x' AS \"usage.in\"")
    assert [reject.raw for reject in found.rejects] == ['{"account":"a","gb":1.50,"usage":{"in":"x"}}']
    mended = found.rejects[0].raw[:-1] + ',"metric":"m","timestamp":"2026-10-01"}'
    assert read(mended).event.properties["gb"].number == Decimal("1.5")


def test_rows_keep_the_file_s_order_over_row_groups() -> None:
    records = _records("i", "range(30000) t(i)", ", ROW_GROUP_SIZE 2048")
    assert [(record.fields or {})["i"] for record in records] == list(range(30_000))
    assert [record.line for record in records] == list(range(1, 30_001))


def test_an_empty_table_has_no_rows() -> None:
    assert _records("1 AS x", "range(0) t(i)") == []


def test_pipes_are_known_by_their_first_bytes() -> None:
    data = parquet(BASE)
    source = Source("standard input", lambda: io.BytesIO(data), piped=True)
    assert sum(len(chunk.events) for chunk in read_events(source, Options())) == 1
    assert source.bytes == len(data)


def test_columns_that_differ_in_case_only_are_two() -> None:
    data = bytearray(parquet("1 AS aa, 2 AS ab, 3 AS z"))
    data = data.replace(b"ab", b"aA")
    records = list(READERS["parquet"].read(io.BytesIO(bytes(data)), "u.parquet"))
    assert [record.fields for record in records] == [{"aa": 1, "aA": 2, "z": 3}]


def test_two_columns_of_one_name_are_refused() -> None:
    data = parquet("1 AS aa, 2 AS ab, 3 AS z").replace(b"ab", b"aa")
    with pytest.raises(InvalidInput, match=r"u\.parquet: two columns are called 'aa'; rename one of them"):
        read(data, name="u.parquet")


def test_decimals_that_would_come_as_doubles_are_refused() -> None:
    data = parquet("1::DECIMAL(38,18) AS wide")
    patched = data.replace(b"\x15\x24\x15\x4c", b"\x15\x24\x15\x7e")
    assert patched != data
    with pytest.raises(
        InvalidInput, match="column 'wide' has decimals of 63 digits; write it with at most 38"
    ):
        read(patched, name="u.parquet")


@pytest.mark.parametrize("kept", [0, 1, 4, 11, 100, -1, -4, -8])
def test_a_file_that_is_cut_off_is_no_file(kept: int) -> None:
    with pytest.raises(
        InvalidInput, match=r"u\.parquet: (is empty|is not a Parquet file|the Parquet file ends too early)"
    ):
        read(parquet(BASE, "range(100) t(i)")[:kept], name="u.parquet")


def test_what_is_no_parquet_says_so() -> None:
    with pytest.raises(InvalidInput, match=r"u\.parquet: is not a Parquet file"):
        read('{"a":1}', name="u.parquet")
    with pytest.raises(InvalidInput, match=r"u\.csv: is not text: it is a Parquet file"):
        read(parquet("1 AS x"), name="u.csv")
    with pytest.raises(
        InvalidInput, match=r"u\.parquet: the Parquet file cannot be read: .* it may be cut off"
    ):
        read(b"PAR1" + b"\0" * 40 + b"PAR1", name="u.parquet")


def test_more_rows_than_a_file_can_hold_are_a_trap(monkeypatch: pytest.MonkeyPatch) -> None:
    data = parquet("NULL::INT AS x", "range(200000) t(i)")
    assert len(data) < 2_000
    monkeypatch.setattr(expanding, "FREE_BYTES", 1 << 20)
    with pytest.raises(InvalidInput, match="expands to more than 1,000 times its size"):
        read(data, name="u.parquet")


def test_one_huge_value_is_one_reject() -> None:
    text = "repeat('x', CASE WHEN i = 1 THEN 17000000 ELSE 1 END) AS t"
    found = _read(f"{BASE}, {text}", "range(3) t(i)")
    assert [event.line for event in found.events] == [1, 3]
    assert "is longer than 16 MiB" in found.reasons[0]
    assert len(found.rejects[0].raw) == 1 << 20


@pytest.mark.parametrize("depth", [60, 400])
def test_nesting_is_bounded(depth: int) -> None:
    value = "1"
    for _ in range(depth):
        value = f"{{'a': {value}}}"
    data = parquet(f"{BASE}, {value} AS x")
    if depth > 100:
        with pytest.raises(InvalidInput, match="nested too deep"):
            read(data, name="u.parquet")
    else:
        assert read(data, name="u.parquet").reasons == ["nested deeper than 50 levels"]


def test_duckdb_sees_no_other_file(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n", encoding="utf-8")
    with _copied(io.BytesIO(parquet("1 AS x")), "u.parquet") as path:
        with opened(path, "u.parquet") as connection:
            assert connection.execute("SELECT x FROM read_parquet($1)", [str(path)]).fetchall() == [(1,)]
        for attempt in (f"FROM read_csv('{other}')", f"COPY (FROM range(1)) TO '{other}'", "SET threads=1"):
            with (
                pytest.raises(InvalidInput, match=r"disabled by configuration|configuration has been locked"),
                opened(path, "u.parquet") as connection,
            ):
                connection.execute(attempt)
    assert not path.exists()
