"""Amounts of money: rounded once, half away from zero, to the currency's minor unit."""

from decimal import Decimal
from functools import cache

from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.quantity import EXACT, INTEGER_DIGITS, parse_decimal
from usagebill_tui.errors import InvalidInput


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half away from zero to the minor unit, keeping all its digits: `Decimal("3.50")` for USD."""
    rounded = EXACT.quantize(amount, minor_unit(currency))
    return rounded or abs(rounded)


@cache
def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency: 0.01 for USD; InvalidInput for an unknown one."""
    return Decimal(1).scaleb(-minor_digits(currency))


def money_text(amount: Decimal, currency: str) -> str:
    """Write a rounded amount with all digits of its minor unit, as JSON and CSV show it: `42.00`."""
    return format(round_money(amount, currency), "f")


def parse_money(text: str, currency: str) -> Decimal:
    """Read an amount that must fit the minor unit; raises InvalidInput where it does not."""
    value = parse_decimal(text.strip())
    if value is None:
        raise InvalidInput(f"{text!r} is not an amount", mend="write it like 12.50")
    if value.adjusted() >= INTEGER_DIGITS:
        raise InvalidInput(
            f"{text} is too large", mend=f"use at most {INTEGER_DIGITS} digits before the point"
        )
    if round_money(value, currency) != value:
        digits = minor_digits(currency)
        mend = f"use at most {digits} after the point" if digits else "write it without a fraction"
        raise InvalidInput(f"{text} has more digits than {currency} has", mend=mend)
    return round_money(value, currency)
