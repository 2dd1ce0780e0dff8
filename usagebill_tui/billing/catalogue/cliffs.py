"""Cliffs: bounds of a volume price past which more usage costs less."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import charge
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.plugin.registry import Registry

_CENTS = Decimal("0.01")
# Amounts are compared before they are rounded, so any currency does.
_CURRENCY = "USD"


def cliffs(price: Price, registry: Registry) -> Iterator[str]:
    """Say, for each bound of a volume price past which the bill falls, what it falls from and to.

    "Past" is one unit more where bounds are whole; a price whose model is not known has no cliffs.
    """
    if price.model != "volume" or price.model not in registry.pricing_models:
        return
    bounds = [Decimal(str(tier["up_to"])) for tier in price.params["tiers"] if tier.get("up_to") is not None]
    for bound, following in pairwise([*bounds, None]):
        if bound is None:
            return
        with exact_arithmetic():
            at = bound + (price.modifiers.free_units or 0)
            above = at + _step(bound, following)
        before, after = _amount(at, price, registry), _amount(above, price, registry)
        if after < before:
            yield f"{plain(at)} units cost {_money(before)}, {plain(above)} cost {_money(after)}"


def _step(bound: Decimal, following: Decimal | None) -> Decimal:
    """Return how much more is just past a bound: the smallest place that it is written with, or less."""
    step = Decimal(1).scaleb(min(0, int(bound.as_tuple().exponent)))
    while following is not None and bound + step > following:
        step = step.scaleb(-1)
    return step


def _amount(units: Decimal, price: Price, registry: Registry) -> Decimal:
    """Return what so many units cost, unrounded."""
    return charge(units, price, registry.pricing_model(price.model), _CURRENCY).amount


def _money(amount: Decimal) -> str:
    """Write an amount with at least two digits after the point."""
    text = plain(amount)
    return format(amount.quantize(_CENTS), "f") if len(text.partition(".")[2]) <= 2 else text  # noqa: PLR2004 - cents
