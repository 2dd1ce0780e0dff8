from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.currency import MINOR_DIGITS
from usagebill_tui.domain.money import money_text, parse_money, round_money
from usagebill_tui.errors import InvalidInput


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1.005", "USD", "1.01"),
        ("1.004999999999999999", "USD", "1.00"),
        ("-1.005", "USD", "-1.01"),
        ("0.005", "USD", "0.01"),
        ("-0.005", "USD", "-0.01"),
        ("-0.004", "USD", "0.00"),
        ("0", "USD", "0.00"),
        ("42", "USD", "42.00"),
        ("3.5", "USD", "3.50"),
        ("2.5", "JPY", "3"),
        ("3.5", "JPY", "4"),
        ("-2.5", "JPY", "-3"),
        ("-0.4", "JPY", "0"),
        ("1E+3", "JPY", "1000"),
        ("1.0005", "KWD", "1.001"),
        ("-1.0005", "KWD", "-1.001"),
        ("1.2", "KWD", "1.200"),
        ("123456789012345678901234567890.125", "USD", "123456789012345678901234567890.13"),
    ],
)
def test_money_is_rounded_half_away_from_zero_to_the_minor_unit(
    amount: str, currency: str, text: str
) -> None:
    assert money_text(Decimal(amount), currency) == text
    assert str(round_money(Decimal(amount), currency)) == text


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=6), st.sampled_from(sorted(MINOR_DIGITS)))
def test_rounding_moves_by_half_a_unit_at_most_and_rests_there(amount: Decimal, currency: str) -> None:
    rounded = round_money(amount, currency)
    half = Decimal(5).scaleb(-MINOR_DIGITS[currency] - 1)
    assert abs(rounded - amount) <= half
    assert round_money(rounded, currency) == rounded
    assert round_money(-amount, currency) == -rounded
    assert parse_money(money_text(amount, currency), currency) == rounded


@pytest.mark.parametrize(
    ("text", "currency", "value"),
    [
        ("12.50", "USD", "12.50"),
        (" 12.5 ", "USD", "12.50"),
        ("-3", "USD", "-3.00"),
        ("12.500", "USD", "12.50"),
        ("1e2", "JPY", "100"),
        ("1.125", "KWD", "1.125"),
        ("99999999999999999999.99", "USD", "99999999999999999999.99"),
    ],
)
def test_an_amount_that_fits_is_read(text: str, currency: str, value: str) -> None:
    assert str(parse_money(text, currency)) == value


@pytest.mark.parametrize(
    ("text", "currency", "problem"),
    [
        ("", "USD", "not an amount"),
        ("12,50", "USD", "not an amount"),
        ("$12", "USD", "not an amount"),
        ("NaN", "USD", "not an amount"),
        ("1_000", "USD", "not an amount"),
        ("1.005", "USD", "more digits than USD has; use at most 2 after the point"),
        ("1.5", "JPY", "more digits than JPY has; write it without a fraction"),
        ("1.0005", "KWD", "use at most 3 after the point"),
        ("1e-1000000", "USD", "more digits"),
        ("1e1000000", "USD", "too large"),
        ("1e20", "USD", "too large"),
        ("1", "XXX", "unknown currency"),
    ],
)
def test_an_amount_that_does_not_fit_is_refused(text: str, currency: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        parse_money(text, currency)
