import io
from decimal import Decimal
from typing import Any

import pytest

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.readers import READERS
from usagebill_tui.events.types import Record

_LIMIT = 16 * 1024 * 1024


def _read(kind: str, data: str | bytes) -> list[Record]:
    raw = data.encode() if isinstance(data, str) else data
    return list(READERS[kind].read(io.BytesIO(raw), "u.json"))


def _rows(kind: str, data: str) -> list[tuple[int, str, Any]]:
    return [(r.line, r.raw, r.fields if r.error is None else r.error) for r in _read(kind, data)]


def test_json_lines_with_wrappers() -> None:
    data = (
        ' {"a":1} \r\n\n{"event": {"a": 2, "b":3}}\n'
        '{"events":[ {"a" : 1.50,"b":2}, {"event":{"c":1}} ]}\n{"events":[]}'
    )
    assert _rows("jsonl", data) == [
        (1, '{"a":1}', {"a": 1}),
        (3, '{"a": 2, "b":3}', {"a": 2, "b": 3}),
        (4, '{"a" : 1.50,"b":2}', {"a": Decimal("1.50"), "b": 2}),
        (4, '{"c":1}', {"c": 1}),
    ]


def test_a_wrapper_s_name_among_other_keys_is_a_key() -> None:
    assert _rows("jsonl", '{"events":[1],"a":2}\n{"event":5}') == [
        (1, '{"events":[1],"a":2}', {"events": [1], "a": 2}),
        (2, '{"event":5}', {"event": 5}),
    ]


@pytest.mark.parametrize(
    ("data", "raws"),
    [
        ("[]", []),
        (" [ ] \n", []),
        ('[{"a":1},{"b":{}}]', ['{"a":1}', '{"b":{}}']),
        (
            '\n[\n {"a": "]}\\"{[,"} ,\n{"b":[[1],{"c":[]}]}\n]\n',
            ['{"a": "]}\\"{[,"}', '{"b":[[1],{"c":[]}]}'],
        ),
        ('{"events": [ {"a":1} , {"a":2} ] }', ['{"a":1}', '{"a":2}']),
        ('{ "measurements":[{"a":1}]}', ['{"a":1}']),
        ('{"event": {"a": 1}}', ['{"a": 1}']),
        ('{\n"a": 1,\n"b": 2}', ['{\n"a": 1,\n"b": 2}']),
        ('[{"event":{"a":1}},{"events":[{"a":2},{"a":3}]}]', ['{"a":1}', '{"a":2}', '{"a":3}']),
        ("{}", ["{}"]),
    ],
)
def test_json_files(data: str, raws: list[str]) -> None:
    assert [r.raw for r in _read("json", data)] == raws
    assert all(r.error is None for r in _read("json", data))


def test_elements_are_numbered_by_their_place() -> None:
    assert [r.line for r in _read("json", '[{"a":1},5,{"events":[{},{}]},{"b":1}]')] == [1, 2, 3, 3, 4]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ("5", "the row is a number, not an object"),
        ("1.5", "the row is a number, not an object"),
        ("true", "the row is true or false, not an object"),
        ("null", "the row is null, not an object"),
        ('"x"', "the row is a text, not an object"),
        ('"a,]"', "the row is a text, not an object"),
        ("[1]", "the row is an array, not an object"),
        ('{"a":NaN}', "broken JSON: invalid character"),
        ('{"a":Infinity}', "broken JSON"),
        ('{"a":01}', "broken JSON: invalid number"),
        ('{"a":1,}', "broken JSON"),
        ('{"a" 1}', "broken JSON"),
        ('{"a":]', "broken JSON"),
        ('{"a":"\\ud800"}', "broken JSON"),
        ('{"a":"\\x"}', "broken JSON"),
        ("nul", "broken JSON"),
        ('{"a":1e99999999999999999999}', "broken JSON: a number has an exponent beyond all reason"),
        ('{"a":' + "7" * 5_000 + "}", "broken JSON: Integer value out of range"),
        ('{"a":' + "[" * 101 + "]" * 101 + "}", "nested too deep"),
        ("[" * 50_000 + "]" * 50_000, "nested too deep"),
    ],
)
def test_a_bad_row_is_kept_and_the_next_is_read(element: str, reason: str) -> None:
    for kind, data in (("jsonl", f'{element}\n{{"z":1}}'), ("json", f'[{element} , {{"z":1}}]')):
        bad, good = _read(kind, data)
        if kind == "jsonl" and "[" * 101 in element and len(element) < 1_000:
            continue  # there decoding copes, and the normaliser refuses it
        assert (bad.line, bad.raw, bad.fields) == (1, element, None)
        assert reason in str(bad.error)
        assert (good.line, good.fields) == (2, {"z": 1})


def test_a_broken_line_may_be_broken_anyhow() -> None:
    assert "broken JSON" in str(_read("jsonl", '{"a":1} {"b":2}')[0].error)
    assert "broken JSON" in str(_read("jsonl", '{"a":')[0].error)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("5", "is neither a JSON array nor an object"),
        ('"x"', "is neither a JSON array nor an object"),
        (" \n", "is neither a JSON array nor an object"),
        ("nonsense", "is neither a JSON array nor an object"),
        (
            '{"a":1}\n{"a":2}',
            "more follows after the JSON value; for one value a line use --input-format jsonl",
        ),
        ("[] x", "more follows after the JSON value"),
        ('[{"a":1}', "the JSON ends too early"),
        ('[{"a":1},', "the JSON ends too early"),
        ('[{"a":1', "the JSON ends too early"),
        ('[{"a":"x\\', "the JSON ends too early"),
        ("[1", "the JSON ends too early"),
        ("[", "the JSON ends too early"),
        ('{"events":[{"a":1}]', "the JSON ends too early"),
        ('{"events":[{"a":1}],"more":1}', "the object holds more than 'events'"),
        ('{"events":[{"a":1}]]', "broken JSON: } expected after the events, found ']'"),
        ('[{"a":1} {"a":2}]', r"broken JSON: , or \] expected after element 1, found '{'"),
        ('[{"a":1},]', r"broken JSON: a value expected, found '\]'"),
        ("[,]", "broken JSON: a value expected, found ','"),
    ],
)
def test_files_that_are_not_one_whole_value(data: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=f"u.json: {message}"):
        _read("json", data)


def test_numbers_never_pass_through_a_double() -> None:
    text = (
        '{"a":12345678901234567890.123456789,"b":1.2345678901234567e-05,'
        '"c":123456789012345678901234567890,"d":[0.1]}'
    )
    for kind, data in (("jsonl", text), ("json", f"[{text}]")):
        (record,) = _read(kind, data)
        assert record.fields == {
            "a": Decimal("12345678901234567890.123456789"),
            "b": Decimal("1.2345678901234567e-05"),
            "c": 123456789012345678901234567890,
            "d": [Decimal("0.1")],
        }


def test_elements_are_found_wherever_the_blocks_end() -> None:
    texts = [
        f'{{"k{i}": "{"é" * (i % 41)}\\\\\\"]{{", "n": {{"d": [{i}, {{"e": {{"f": "}}"}}}}]}}}}'
        for i in range(9_000)
    ]
    records = _read("json", "[" + " ,\n".join(texts) + "]")
    assert [r.raw for r in records] == texts
    assert all(r.error is None for r in records)


@pytest.mark.parametrize("part", ["x", "\\n", "\\\\"])
def test_a_value_beyond_the_limit_is_one_reject_and_reading_goes_on(part: str) -> None:
    long = '{"a":"' + part * (_LIMIT // len(part) + 1) + '"}'
    for kind, data in (("jsonl", f'{{"a":1}}\n{long}\n{{"a":3}}'), ("json", f'[{{"a":1}},{long},{{"a":3}}]')):
        first, second, third = _read(kind, data)
        assert (first.fields, third.fields) == ({"a": 1}, {"a": 3})
        assert (second.fields, second.raw) == (None, long[:1_048_576])
        assert "is longer than 16 MiB" in str(second.error)
