"""Exact decimal numbers: how they are read, how far they reach, how they are written.

A quantity has up to 20 digits before and 18 after the point. Binary floating point never occurs.
"""

import re
from contextlib import AbstractContextManager
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import cache

INTEGER_DIGITS = 20
FRACTION_DIGITS = 18
LIMIT = Decimal(10) ** INTEGER_DIGITS
"""Quantities are smaller than this in absolute value."""

EXACT = Context(prec=200, rounding=ROUND_HALF_UP, traps=[DivisionByZero, InvalidOperation, Overflow])
"""Wide enough that sums and products of quantities and prices are never rounded."""

_QUANTUM = Decimal(1).scaleb(-FRACTION_DIGITS)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_MODES = {"round": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}


def exact_arithmetic() -> AbstractContextManager[Context]:
    """Make `+ - *` on decimals exact and `/` correct to 200 digits within the block."""
    # Not a generator: this is entered several times for every amount, and costs a third this way.
    return localcontext(EXACT)


def parse_decimal(text: str) -> Decimal | None:
    """Read a number from its text, or None where the text spells none.

    Only ASCII digits, one sign, one point and an exponent count: `Decimal` itself would also
    take `NaN`, `1_000` and the digits of other scripts.
    """
    if len(text) > 400 or _NUMBER.fullmatch(text) is None:  # noqa: PLR2004 - no number needs more
        return None
    return Decimal(text)


def to_quantity(value: Decimal) -> Decimal | None:
    """Round to 18 digits after the point, half away from zero; None where it has over 20 before it."""
    if not value.is_finite():
        return None
    if not value or value.adjusted() < -FRACTION_DIGITS - 1:
        return Decimal(0)
    if value.adjusted() >= INTEGER_DIGITS:
        return None
    rounded = EXACT.quantize(value, _QUANTUM)
    return normalized(rounded) if rounded.adjusted() < INTEGER_DIGITS else None


def normalized(value: Decimal) -> Decimal:
    """Return the same number without trailing zeros, exponent or negative zero."""
    if not value:
        return Decimal(0)
    reduced = EXACT.normalize(value)
    # Written out is quicker than taken apart: this runs for every number of every invoice.
    return EXACT.quantize(reduced, Decimal(1)) if "E+" in str(reduced) else reduced


def plain(value: Decimal) -> str:
    """Write a number without exponent and without trailing zeros, as all outputs do."""
    return format(normalized(value), "f")


def round_to(value: Decimal, digits: int, mode: str = "round") -> Decimal:
    """Round to `digits` after the point (negative: tens, hundreds); mode `round`, `ceil` or `floor`.

    `round` is half away from zero.
    """
    # To ask for a number's exponent takes longer than to round it to where it ends already.
    if digits > FRACTION_DIGITS and int(value.as_tuple().exponent) >= -digits:
        return normalized(value)
    return normalized(value.quantize(_quantum(digits), rounding=_MODES[mode], context=EXACT))


@cache
def _quantum(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


def divided(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divide to 200 digits; the caller rounds."""
    return EXACT.divide(dividend, divisor)
