"""Proration by day: active days divided by the days of the full period, both in the customer's zone."""

from decimal import Decimal

from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import EXACT, divided


def active_share(active: Days, full: Days) -> tuple[int, int]:
    """Return how many days of the full period are active, and how many it has; its first day counts."""
    common = full.overlap(active)
    return (0 if common is None else common.count), full.count


def prorated(amount: Decimal, active: Days, full: Days) -> Decimal:
    """Return the active days' part of an amount, unrounded; the whole amount where all days are active.

    Multiplied first and divided last, so that thirds of a period add up. `full` must have days.
    """
    days, whole = active_share(active, full)
    if days == whole:
        return amount
    return divided(EXACT.multiply(amount, Decimal(days)), Decimal(whole))
