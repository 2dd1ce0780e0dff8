from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.quantity import (
    LIMIT,
    divided,
    exact_arithmetic,
    normalized,
    parse_decimal,
    plain,
    round_to,
    to_quantity,
)

LARGEST = "9" * 20 + "." + "9" * 18
numbers = st.decimals(min_value=-(10**21), max_value=10**21, allow_nan=False, allow_infinity=False)
quantities = st.integers(-(10**38) + 1, 10**38 - 1).map(lambda n: Decimal(f"{n}e-18"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("+5", "5"),
        ("007", "7"),
        ("5.", "5"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("1.2345678901234567e-05", "0.000012345678901234567"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
    ],
)
def test_a_number_is_read_from_its_text(text: str, value: str) -> None:
    found = parse_decimal(text)
    assert found is not None
    assert plain(found) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1_000",
        "1,000",
        "٣",
        "１",
        " 1",
        "1\n",
        "--1",
        "+-1",
        "1.2.3",
        ".",
        "e5",
        "1e",
        "1e1.5",
        "0x10",
        "1" * 401,
        "1e" + "9" * 300,
    ],
)
def test_what_spells_no_number_is_none(text: str) -> None:
    assert parse_decimal(text) is None


@pytest.mark.parametrize(
    "text", ["1e1000000", "1e999999999", "-1e1000000", "1e20", "1" + "0" * 20, LARGEST + "5"]
)
def test_a_number_beyond_20_digits_is_no_quantity(text: str) -> None:
    value = parse_decimal(text)
    assert value is not None
    assert to_quantity(value) is None


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_not_finite_is_no_quantity(text: str) -> None:
    assert to_quantity(Decimal(text)) is None


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0.0000000000000000005", "0.000000000000000001"),
        ("-0.0000000000000000005", "-0.000000000000000001"),
        ("0.00000000000000000049", "0"),
        ("0.0000000000000000004" + "9" * 250, "0"),
        ("1.0000000000000000015", "1.000000000000000002"),
        ("1.0000000000000000025", "1.000000000000000003"),
        ("-1.0000000000000000025", "-1.000000000000000003"),
        ("1e-1000000", "0"),
        ("-1e-999999999", "0"),
        ("0e-999999999", "0"),
        ("0e999999999", "0"),
        (LARGEST, LARGEST),
        ("-" + LARGEST, "-" + LARGEST),
        (LARGEST + "4", LARGEST),
        ("99999999999999999999", "99999999999999999999"),
    ],
)
def test_a_quantity_is_rounded_half_away_from_zero_at_the_18th_digit(value: str, rounded: str) -> None:
    found = to_quantity(Decimal(value))
    assert found is not None
    assert plain(found) == rounded


@given(quantities)
def test_a_quantity_stays_what_it_is(value: Decimal) -> None:
    assert to_quantity(value) == value


@given(numbers)
def test_a_quantity_is_within_its_bounds_and_near_its_number(value: Decimal) -> None:
    found = to_quantity(value)
    if found is None:
        assert value.copy_abs() >= LIMIT - Decimal("5e-19")
    else:
        with exact_arithmetic():
            assert (found - value).copy_abs() <= Decimal("5e-19")
        assert found.copy_abs() < LIMIT
        assert int(found.as_tuple().exponent) >= -18


@given(quantities | numbers)
def test_plain_notation_has_no_exponent_and_reads_back(value: Decimal) -> None:
    text = plain(value)
    assert "e" not in text.lower()
    assert "." not in text or not text.endswith(("0", "."))
    assert text != "-0"
    assert parse_decimal(text) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0E+5", "0"),
        ("-0.00", "0"),
        ("1E+3", "1000"),
        ("1.500", "1.5"),
        ("-7E-7", "-0.0000007"),
        ("100", "100"),
    ],
)
def test_plain_notation(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text
    assert str(normalized(Decimal(value)).as_tuple().exponent).startswith(("0", "-"))


@pytest.mark.parametrize(
    ("value", "digits", "mode", "rounded"),
    [
        ("2.5", 0, "round", "3"),
        ("-2.5", 0, "round", "-3"),
        ("1.005", 2, "round", "1.01"),
        ("1.2", 0, "ceil", "2"),
        ("-1.2", 0, "ceil", "-1"),
        ("1.8", 0, "floor", "1"),
        ("-1.2", 0, "floor", "-2"),
        ("150", -2, "round", "200"),
        ("149", -2, "round", "100"),
        ("1", -3, "ceil", "1000"),
        ("-0.4", 0, "round", "0"),
        ("1.25", 5, "ceil", "1.25"),
        ("1.25", 300, "floor", "1.25"),
    ],
)
def test_usage_is_rounded_as_its_metric_says(value: str, digits: int, mode: str, rounded: str) -> None:
    assert plain(round_to(Decimal(value), digits, mode)) == rounded


def test_exact_arithmetic_keeps_every_digit() -> None:
    large, small = Decimal(LARGEST), Decimal("0.000000000000000001")
    with exact_arithmetic():
        assert (large + small) - large == small
        assert large * large / large == large


def test_results_do_not_depend_on_the_context_around() -> None:
    with localcontext() as context:
        context.prec = 3
        assert to_quantity(Decimal(LARGEST)) == Decimal(LARGEST)
        assert plain(Decimal("123456.789")) == "123456.789"
        assert round_to(Decimal("123456.785"), 2) == Decimal("123456.79")
        third = divided(Decimal(1), Decimal(3))
    assert len(third.as_tuple().digits) == 200
