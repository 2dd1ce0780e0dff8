"""Each unit at the price of the tier it falls into (graduated, slab, all tiers)."""

from collections.abc import Sequence
from decimal import Decimal

from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.tiers import (
    TierParameters,
    check_tiers,
    entered,
    flat_steps,
    span,
    zero_usage,
)


class Tiered(PricingModel):
    """Σ over entered tiers of units in the tier × its unit amount + its flat amount."""

    name = "tiered"
    title = "Tiered"
    parameters = TierParameters

    def check(self, params: TierParameters) -> None:
        """Raise ValueError where the tiers' bounds do not rise."""
        check_tiers(params.tiers)

    def price(
        self, units: Decimal, params: TierParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        """Price each entered tier in one step, and its flat amount, where it has one, in another."""
        if not units:
            return zero_usage(params.tiers, params.zero_usage_flat, params.tiers[0].unit_amount)
        steps: list[Step] = []
        for place, tier, part in entered(params.tiers, units, params.bounds):
            amount = part * tier.unit_amount
            steps.append(
                Step(
                    description=span(place, part),
                    quantity=part,
                    unit_amount=tier.unit_amount,
                    amount=amount,
                )
            )
            steps += flat_steps(place, tier)
        return steps
