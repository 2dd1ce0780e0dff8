"""What holds for any bytes: only the house's errors, every row accounted for, one event in every format."""

import contextlib
import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from usagebill_tui.errors import InvalidInput, UsagebillError
from usagebill_tui.events.readers import READERS
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Event, Options, Reject

_OPTIONS = Options(set={"account": "a", "metric": "m"}, time_unit="s", map={"timestamp": "t"})
_JSON_BITS = [
    *'{}[],:"\\\n 1é',
    *("-1.5e3", "1e999999999999", "null", "true", "\ud83d\ude00", "\\ud800", "NaN", "\ufeff", "[" * 60),
    *('"t":1', '{"t":1}', '{"t":"2026-10-01"}', '{"events":[', '{"event":'),
]
_CSV_BITS = [
    "t",
    ",",
    '"',
    '""',
    "\n",
    "\r\n",
    "\r",
    "x",
    "1",
    "1,2\n",
    '"a\nb"',
    " ",
    "\ufeff",
    "é",
    "properties",
    "{}",
]


def _text(bits: Sequence[str]) -> bytes:
    return "".join(bits).encode("utf-8", "surrogatepass")


def _read(name: str, data: bytes, options: Options) -> tuple[list[Event], list[Reject]]:
    events: list[Event] = []
    rejects: list[Reject] = []
    for chunk in read_events(Source(name, lambda: io.BytesIO(data)), options, 3):
        events += chunk.events
        rejects += chunk.rejects
    return events, rejects


@pytest.mark.parametrize("name", ["u.csv", "u.jsonl", "u.json"])
@settings(max_examples=80)
@given(
    data=st.binary(max_size=80)
    | st.lists(st.sampled_from(_JSON_BITS), max_size=25).map(_text)
    | st.lists(st.sampled_from(_CSV_BITS), max_size=25).map(_text)
)
@example(data=b"[" * 100_000)
@example(data=b'{"a":' * 100_000)
@example(data=b'{"event":' * 900 + b"{}" + b"}" * 900)
def test_any_bytes_give_events_rejects_or_an_error_of_the_house(name: str, data: bytes) -> None:
    for options in (
        _OPTIONS,
        Options(),
        Options(id_from=("t",), map={"account": "t.u", "properties.x": "t"}),
    ):
        with contextlib.suppress(UsagebillError):
            _read(name, data, options)


@settings(max_examples=80)
@given(st.lists(st.sampled_from(_JSON_BITS), max_size=8).map(_text), st.integers(1, 3))
def test_every_json_line_is_an_event_or_a_reject(line: bytes, times: int) -> None:
    data = b"\n".join([line] * times)
    expected = [
        text
        for text in data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
        if text.strip(" \t\r")
    ]
    if any('"event' in text for text in expected):
        return
    try:
        events, rejects = _read("u.jsonl", data, _OPTIONS)
    except InvalidInput:
        assert not data or b"\xed" in data
        return
    assert len(events) + len(rejects) == len(expected)
    assert [
        reject.raw for reject in rejects if reject.raw not in [text.strip(" \t\r") for text in expected]
    ] == []


@settings(max_examples=80)
@given(st.lists(st.sampled_from(["1", "x", ",", ",,", " ", '"', "\n"]), max_size=25).map("".join))
def test_every_csv_row_is_an_event_or_a_reject_and_no_text_is_lost(body: str) -> None:
    records = list(READERS["csv"].read(io.BytesIO(f"t,b\n{body}".encode()), "u.csv"))
    kept = "\n".join(record.raw for record in records)
    assert [line for line in kept.split("\n") if line.strip()] == [
        line for line in body.split("\n") if line.strip()
    ]
    events, rejects = _read("u.csv", f"t,b\n{body}".encode(), _OPTIONS)
    lines = [event.line for event in events] + [reject.line for reject in rejects]
    assert sorted(lines) == [record.line for record in records]


_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(
    lambda t: t.strip()
)
_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8
).filter(lambda text: not text.isdecimal() and text.strip("-.0123456789") != "")
_NUMBERS = st.integers(-(10**20) + 1, 10**20 - 1)
_EVENTS = st.fixed_dictionaries(
    {
        "account": _NAMES,
        "metric": _NAMES,
        "timestamp": st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
        "text": _TEXTS,
        "usage.output": _NUMBERS,
    },
    optional={"id": _NAMES, "source": _NAMES, 'größe, "x"\ny': _TEXTS},
)


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in row.items() if key != "usage.output"}
    return {**rest, "usage": {"output": row["usage.output"]}}


@settings(max_examples=60)
@given(st.lists(_EVENTS, min_size=1, max_size=6))
def test_the_same_rows_give_the_same_events_in_every_format(rows: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    objects = [_nested(row) for row in rows]
    files = {
        "u.csv": table.getvalue(),
        "u.jsonl": "\n".join(json.dumps(row) for row in objects),
        "u.json": json.dumps({"events": objects}, indent=2, ensure_ascii=False),
    }
    found = {}
    for name, text in files.items():
        events, rejects = _read(name, text.encode(), Options())
        assert rejects == []
        found[name] = [msgspec.structs.replace(event, line=0) for event in events]
    assert found["u.csv"] == found["u.jsonl"] == found["u.json"]
    assert [event.account for event in found["u.csv"]] == [row["account"] for row in rows]
