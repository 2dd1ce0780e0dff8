"""Sketches of a price: what it costs over a range of usage, before anything is stored."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import Charge, PricedEvent, Terms, charge_under, price_from_table, terms
from usagebill_tui.domain.quantity import divided, exact_arithmetic, normalized, round_to
from usagebill_tui.plugin.registry import Registry

TYPICAL_EVENT = Decimal(100)
"""The amount of each event where a model prices single events and a sketch has none to show."""
_MOST_EVENTS = 1_000


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """What a price costs: `points` of (units, amount, unrounded) in rising order of units.

    `edges` are the bounds of its tiers within them; `per_event` is the amount of each event where the model
    prices single events, None where it prices the quantity.
    """

    points: tuple[tuple[Decimal, Decimal], ...]
    edges: tuple[Decimal, ...] = ()
    per_event: Decimal | None = None
    currency: str


def sketch(
    registry: Registry,
    price: Mapping[str, Any],
    currency: str,
    upto: Decimal | None = None,
    points: int = 120,
) -> Sketch:
    """Return what a price, as a table of the catalogue file, costs from no usage to `upto`.

    Without `upto`, half as far again as its last bound. Raises InvalidInput where the price is impossible.
    """
    read, agreed = _agreed(registry, price, currency)
    bounds = _bounds(read)
    per_event = TYPICAL_EVENT if agreed.model.needs_events else None
    with exact_arithmetic():
        reach = upto or (bounds[-1] * Decimal("1.5") if bounds else Decimal(1_000))
        if per_event is not None:
            reach = min(reach, per_event * _MOST_EVENTS)
        step = divided(reach, Decimal(points))
        places = sorted(
            {round_to(step * n, 6) for n in range(points + 1)} | {b for b in bounds if b <= reach}
        )
        costs = tuple((units, _cost(agreed, units, per_event)) for units in places)
    return Sketch(
        points=costs,
        edges=tuple(bound for bound in bounds if bound <= reach),
        per_event=per_event,
        currency=currency,
    )


def quoted(
    registry: Registry,
    price: Mapping[str, Any],
    currency: str,
    units: Decimal,
    events: Sequence[PricedEvent] = (),
) -> Charge:
    """Price a quantity by a table of the catalogue file; events of a typical amount where it needs some."""
    _, agreed = _agreed(registry, price, currency)
    if agreed.model.needs_events and not events:
        events = _events(units, TYPICAL_EVENT)
    return charge_under(agreed, units, events)


def _agreed(registry: Registry, price: Mapping[str, Any], currency: str) -> tuple[Price, Terms]:
    read = price_from_table(price)
    return read, terms(read, registry.pricing_model(read.model), currency)


def _bounds(price: Price) -> list[Decimal]:
    """Return the upper bounds of a price's tiers, whatever model they belong to."""
    tiers = price.params.get("tiers")
    found = [
        tier.get("up_to")
        for tier in tiers or ()
        if isinstance(tier, Mapping) and tier.get("up_to") is not None
    ]
    return sorted(Decimal(str(bound)) for bound in found)


def _cost(agreed: Terms, units: Decimal, per_event: Decimal | None) -> Decimal:
    events = () if per_event is None else _events(units, per_event)
    return normalized(charge_under(agreed, units, events).amount)


def _events(units: Decimal, each: Decimal) -> list[PricedEvent]:
    """Return events of one amount that add up to a quantity, the last of them smaller."""
    whole = min(int(units // each), _MOST_EVENTS)
    rest = units - whole * each
    return [PricedEvent(each)] * whole + ([PricedEvent(rest)] if rest else [])
