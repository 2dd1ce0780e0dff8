"""Each part of the usage at the percentage of the tier it falls into."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.tiers import (
    Bounds,
    FlatAmount,
    UpTo,
    ZeroUsageFlat,
    check_tiers,
    entered,
    flat_steps,
    span,
    zero_usage,
)
from usagebill_tui.domain.pricing.words import percent


class PercentageTier(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An amount above the tier before, up to and including `up_to`, and the percentage it costs."""

    up_to: UpTo = None
    rate_percent: Annotated[
        Decimal, msgspec.Meta(title="Rate", description="Percent of the amount", extra={"ge": 0})
    ] = Decimal(0)
    flat_amount: FlatAmount = Decimal(0)


class TieredPercentageParameters(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The parameters of `tiered_percentage`."""

    tiers: Annotated[tuple[PercentageTier, ...], msgspec.Meta(title="Tiers", description="In rising order")]
    zero_usage_flat: ZeroUsageFlat = "first_tier"
    bounds: Bounds = "upper_inclusive"


class TieredPercentage(PricingModel):
    """Σ over entered tiers of the amount in the tier × its percentage + its flat amount."""

    name = "tiered_percentage"
    title = "Tiered percentage"
    parameters = TieredPercentageParameters

    def check(self, params: TieredPercentageParameters) -> None:
        """Raise ValueError where the tiers' bounds do not rise."""
        check_tiers(params.tiers)

    def price(
        self, units: Decimal, params: TieredPercentageParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        """Price each entered tier in one step, and its flat amount, where it has one, in another."""
        if not units:
            return zero_usage(params.tiers, params.zero_usage_flat, unit_amount=None)
        steps: list[Step] = []
        for place, tier, part in entered(params.tiers, units, params.bounds):
            text = f"{percent(tier.rate_percent)} of {span(place, part)}"
            steps.append(Step(description=text, amount=part * tier.rate_percent.scaleb(-2)))
            steps += flat_steps(place, tier)
        return steps
