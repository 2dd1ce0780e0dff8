"""All units at the price of the one tier that the whole usage lies in (bulk, top tier)."""

from collections.abc import Sequence
from decimal import Decimal

from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.tiers import TierParameters, check_tiers, flat_steps, holding, zero_usage
from usagebill_tui.domain.pricing.words import counted


class Volume(PricingModel):
    """Units × the unit amount of the first tier with units ≤ its bound, + its flat amount."""

    name = "volume"
    title = "Volume"
    parameters = TierParameters
    monotone = False

    def check(self, params: TierParameters) -> None:
        """Raise ValueError where the tiers' bounds do not rise."""
        check_tiers(params.tiers)

    def price(
        self, units: Decimal, params: TierParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        """Price everything in one step, and the flat amount, where there is one, in another."""
        if not units:
            return zero_usage(params.tiers, params.zero_usage_flat, params.tiers[0].unit_amount)
        place, tier = holding(params.tiers, units, params.bounds)
        everything = Step(
            description=f"{counted(units, 'unit')} at tier {place}",
            quantity=units,
            unit_amount=tier.unit_amount,
            amount=units * tier.unit_amount,
        )
        return [everything, *flat_steps(place, tier)]
