"""Stairstep prices: one amount for all units, by how many there are."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from usagebill_tui.plugin import PricedEvent, PricingModel, Registry, Step, hookimpl

Exact = Annotated[Decimal, msgspec.Meta(extra={"ge": 0})]


class Stairs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What so many units cost: `amounts` has one more than `up_to`, for all beyond."""

    up_to: list[Exact]
    amounts: list[Exact]


class Stairstep(PricingModel):
    """The amount of the first stair that the units fit on."""

    name, title, parameters = "stairstep", "Stairstep", Stairs

    def check(self, params: Stairs) -> None:
        """Raise ValueError where a stair has no amount, or does not rise above the one before."""
        if len(params.amounts) != len(params.up_to) + 1:
            raise ValueError("amounts: give one for each up_to, and one for all beyond")
        if params.up_to != sorted(set(params.up_to)) or params.amounts != sorted(params.amounts):
            raise ValueError("up_to: stairs must rise, and so must amounts")

    def price(self, units: Decimal, params: Stairs, events: Sequence[PricedEvent] = ()) -> Sequence[Step]:
        """Find the stair, in one step."""
        stair = sum(units > edge for edge in params.up_to)
        return [Step(description=f"{units:,f} units on stair {stair + 1}", amount=params.amounts[stair])]


@hookimpl
def usagebill_register_pricing_models(registry: Registry) -> None:
    """Register `stairstep`."""
    registry.add_pricing_model(Stairstep())
