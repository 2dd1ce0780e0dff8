"""Every unit at the same price."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.words import counted


class PerUnitParameters(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The parameter of `per_unit`."""

    unit_amount: Annotated[
        Decimal, msgspec.Meta(title="Unit amount", description="Price of one unit", extra={"ge": 0})
    ]


class PerUnit(PricingModel):
    """Units × unit amount."""

    name = "per_unit"
    title = "Per unit"
    parameters = PerUnitParameters

    def price(
        self, units: Decimal, params: PerUnitParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        """Multiply, in one step."""
        return [
            Step(
                description=counted(units, "unit"),
                quantity=units,
                unit_amount=params.unit_amount,
                amount=units * params.unit_amount,
            )
        ]
