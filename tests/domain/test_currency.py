import pytest

from usagebill_tui.domain import currency
from usagebill_tui.domain.currency import MINOR_DIGITS, minor_digits
from usagebill_tui.errors import InvalidInput


def test_codes_are_three_capital_letters_each_listed_once() -> None:
    tables = (currency._TWO, currency._ZERO, currency._THREE, currency._FOUR)  # noqa: SLF001 - the table itself
    listed = [code for table in tables for code in table.split()]
    assert len(listed) == len(set(listed)) == len(MINOR_DIGITS)
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in listed)
    assert 150 <= len(listed) <= 165


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("USD", 2),
        ("EUR", 2),
        ("HUF", 2),
        ("IDR", 2),
        ("MRU", 2),
        ("XCG", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("ISK", 0),
        ("CLP", 0),
        ("XOF", 0),
        ("KWD", 3),
        ("IQD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
    ],
)
def test_minor_units_are_those_of_iso_4217(code: str, digits: int) -> None:
    assert minor_digits(code) == digits


@pytest.mark.parametrize("code", ["", "usd", "XXX", "XAU", "HRK", "DEM", "BTC", "US"])
def test_a_code_not_in_use_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput, match="unknown currency") as caught:
        minor_digits(code)
    assert "ISO 4217" in str(caught.value)
