"""Numbers on the axes of pictures: short, rounded, never to be billed by."""

from collections.abc import Sequence
from decimal import Decimal

from usagebill_tui.domain.quantity import plain, round_to

_STEPS = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "G"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))
_DIGITS = 3


def compact(value: Decimal, currency: str | None = None) -> str:
    """Write a number in few characters: `12.3M`, `$1.2k`, `0.00015`."""
    for size, letter in _STEPS:
        if abs(value) >= size * 10 or (abs(value) >= size and currency is not None):
            short = f"{plain(_three_digits(value / size))}{letter}"
            return short if currency is None else f"{_symbol(currency)}{short}"
    short = plain(_three_digits(value))
    return short if currency is None else f"{_symbol(currency)}{short}"


def _three_digits(value: Decimal) -> Decimal:
    return round_to(value, _DIGITS - 1 - value.adjusted()) if value else Decimal(0)


def _symbol(currency: str) -> str:
    from usagebill_tui.billing.words import money

    return "".join(c for c in money(Decimal(0), currency) if not (c.isdigit() or c in ".,"))


_BARS = "▁▂▃▄▅▆▇█"


def sparks(values: Sequence[Decimal]) -> str:
    """Draw values as bars of one line, from the smallest or zero to the largest."""
    if not values:
        return ""
    low, high = min(*values, Decimal(0)), max(*values, Decimal(0))
    reach = high - low
    return "".join(_BARS[int((value - low) / reach * 7) if reach else 0] for value in values)
