"""The amounts that the events themselves carry."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.words import counted, number


class DynamicParameters(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The parameters of `dynamic`."""

    amount_property: Annotated[
        str,
        msgspec.Meta(title="Amount property", description="Path of the property that holds the amount"),
    ]
    amount_unit: Annotated[
        Literal["major", "minor"],
        msgspec.Meta(title="Amount unit", description="Whether amounts are in dollars or in cents"),
    ] = "major"
    multiplier: Annotated[
        Decimal, msgspec.Meta(title="Multiplier", description="Applied to each amount", extra={"ge": 0})
    ] = Decimal(1)


class Dynamic(PricingModel):
    """Σ of the amount that each event carries × multiplier."""

    name = "dynamic"
    title = "Dynamic"
    parameters = DynamicParameters
    needs_events = True

    def check(self, params: DynamicParameters) -> None:
        """Raise ValueError where no property is named."""
        if not params.amount_property.strip():
            raise ValueError("amount_property: empty; name the property that holds the amount")

    def in_currency(self, params: DynamicParameters, minor_digits: int) -> DynamicParameters:
        """Turn amounts in the minor unit into the multiplier that makes them major."""
        if params.amount_unit == "major":
            return params
        multiplier = params.multiplier.scaleb(-minor_digits)
        return msgspec.structs.replace(params, amount_unit="major", multiplier=multiplier)

    def event_property(self, params: DynamicParameters, metric_property: str | None) -> str:
        """Return the path of the amounts that the events carry."""
        del metric_property
        return params.amount_property

    def price(
        self, units: Decimal, params: DynamicParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        """Add the amounts up and multiply, in one step."""
        amounts = [event.amount for event in events if event.amount > 0]
        total = sum(amounts, Decimal(0))
        return [
            Step(
                description=f"{number(total)} carried by {counted(Decimal(len(amounts)), 'event')}",
                quantity=total,
                unit_amount=params.multiplier,
                amount=total * params.multiplier,
            )
        ]
