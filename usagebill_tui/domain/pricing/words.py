"""Numbers and counts as people write them in the steps of a charge."""

from decimal import Decimal

from usagebill_tui.domain.quantity import normalized


def number(value: Decimal) -> str:
    """Write a number with thousands separators and no exponent: `1,200.5`."""
    return f"{normalized(value):,f}"


def counted(value: Decimal, noun: str) -> str:
    """Write a number of things: `1 unit`, `1,200 units`."""
    return f"{number(value)} {noun if value == 1 else noun + 's'}"


def percent(value: Decimal) -> str:
    """Write a percentage: `2.5%`."""
    return f"{number(value)}%"
