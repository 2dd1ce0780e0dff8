from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.properties import Value, path_of
from usagebill_tui.domain.quantity import parse_decimal, plain
from usagebill_tui.events.paths import canonical_path, split_path
from usagebill_tui.events.unreadable import Unreadable
from usagebill_tui.events.values import Values, canonical_json, canonical_number

D = Decimal


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("374", Value(D(374))),
        ("0", Value(D(0))),
        ("-1.5", Value(D("-1.5"))),
        ("0.000000000000000001", Value(D("1e-18"))),
        ("99999999999999999999", Value(D("99999999999999999999"))),
        ("100000000000000000000", Value(json="100000000000000000000")),
        ("1.50", Value(D("1.5"), "1.50")),
        ("007", Value(D(7), "007")),
        ("+1", Value(D(1), "+1")),
        ("-0", Value(D(0), "-0")),
        ("1e3", Value(D(1000), "1e3")),
        (".5", Value(D("0.5"), ".5")),
        ("1e400", Value(text="1e400")),
        ("1e1000000", Value(text="1e1000000")),
        (" 1", Value(text=" 1")),
        ("1 ", Value(text="1 ")),
        ("1,5", Value(text="1,5")),
        ("1_000", Value(text="1_000")),
        ("NaN", Value(text="NaN")),
        ("٣", Value(text="٣")),
        ("true", Value(text="true")),
        ("gpt-4", Value(text="gpt-4")),
    ],
)
def test_cells(cell: str, value: Value) -> None:
    values = Values()
    assert values.cell(cell) == values.cell(cell) == value
    assert values.rounded == 0


@pytest.mark.parametrize(
    ("found", "value"),
    [
        (374, Value(D(374))),
        (-5, Value(D(-5))),
        (10**20 - 1, Value(D(10**20 - 1))),
        (-(10**20), Value(json="-100000000000000000000")),
        (D("1.50"), Value(D("1.5"))),
        (D("-0.0"), Value(D(0))),
        (D("1e3"), Value(D(1000))),
        (D("12345678901234567890.123456789"), Value(D("12345678901234567890.123456789"))),
        (D("1e400"), Value(json="1" + "0" * 400)),
        (D("1e1000000"), Value(json="1e1000000")),
        (D("0e1000000"), Value(D(0))),
        (D("-1.5e999999"), Value(json="-15e999998")),
        ("374", Value(D(374), "374")),
        ("1.50", Value(D("1.5"), "1.50")),
        (" 374", Value(text=" 374")),
        ("", Value(text="")),
        ("x", Value(text="x")),
        ("1e30", Value(text="1e30")),
        (True, Value(json="true")),
        (False, Value(json="false")),
        ([], Value(json="[]")),
        (
            [{"b": D("1.50"), "a": [None, True, "é\n"]}, D("1e2")],
            Value(json='[{"a":[null,true,"é\\n"],"b":1.5},100]'),
        ),
    ],
)
def test_json_values(found: object, value: Value) -> None:
    values = Values()
    assert values.of_json(found) == value
    assert values.rounded == 0


def test_numbers_finer_than_18_digits_are_rounded_and_counted_each_time() -> None:
    values = Values()
    fine, rounded = "0.1234567890123456785", D("0.123456789012345679")
    assert values.of_json(D(fine)) == values.of_json(D(fine)) == Value(rounded)
    assert values.cell(fine) == values.cell(fine) == Value(rounded)
    assert values.of_json(fine) == values.of_json(fine) == Value(rounded, fine)
    assert values.of_json(D("1e-30")) == Value(D(0))
    assert values.rounded == 7


def test_trailing_zeros_are_no_rounding() -> None:
    values = Values()
    assert values.of_json(D("1.5" + "0" * 30)) == Value(D("1.5"))
    assert values.rounded == 0


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_has_one_spelling_that_is_exact(number: Decimal) -> None:
    text = canonical_number(number)
    assert D(text) == number
    assert canonical_number(D(text)) == text
    if abs(number.adjusted()) < 100:
        assert text == plain(number)


@settings(max_examples=200)
@given(st.from_regex(r"[+-]?[0-9]{0,25}(\.[0-9]{0,22})?([eE][+-]?[0-9]{1,2})?", fullmatch=True))
def test_a_cell_is_a_number_only_where_it_is_plainly_one(cell: str) -> None:
    value = Values().cell(cell)
    number = parse_decimal(cell)
    assert (value.text is None) == (number is not None and plain(number) == cell)


def test_nesting_is_bounded() -> None:
    def nested(levels: int) -> object:
        value: object = 1
        for _ in range(levels):
            value = [value]
        return value

    assert canonical_json(nested(50)) == "[" * 50 + "1" + "]" * 50
    with pytest.raises(Unreadable, match="nested deeper than 50 levels"):
        canonical_json(nested(51))


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ('"a.b".c', ("a.b", "c")),
        (r'"say \"hi\"".x', ('say "hi"', "x")),
        ('usage.""', ("usage", "")),
        ("a..b", None),
        (".a", None),
        ("a.", None),
        ('a"b', None),
        ('"a', None),
        (r'"\x"', None),
        ("", None),
    ],
)
def test_paths_are_split_into_keys(path: str, keys: tuple[str, ...] | None) -> None:
    assert split_path(path) == keys


def test_what_is_no_path_is_one_key() -> None:
    assert canonical_path("a..b") == '"a..b"'
    assert canonical_path('"plain".x') == "plain.x"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_splitting_reverses_joining(keys: list[str]) -> None:
    assert split_path(path_of(tuple(keys))) == tuple(keys)
