"""The pricing model `time_of_use`: what a unit costs depends on when it was used."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from usagebill_tui.plugin import PricedEvent, PricingModel, Step

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORKDAYS = _DAYS[:5]


class TimeOfUseParameters(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The parameters of `time_of_use`; hours are those of the customer's time zone."""

    peak_unit_amount: Annotated[
        Decimal, msgspec.Meta(title="Peak amount", description="Price of one unit at peak", extra={"ge": 0})
    ]
    off_peak_unit_amount: Annotated[
        Decimal,
        msgspec.Meta(title="Off-peak amount", description="Price of one unit otherwise", extra={"ge": 0}),
    ]
    peak_from: Annotated[
        int,
        msgspec.Meta(title="Peak from", description="Hour at which peak begins", extra={"ge": 0, "le": 23}),
    ] = 8
    peak_to: Annotated[
        int,
        msgspec.Meta(
            title="Peak to",
            description="Hour at which peak ends; not above its beginning, it is that of the next day",
            extra={"ge": 0, "le": 24},
        ),
    ] = 20
    weekdays: Annotated[
        tuple[Weekday, ...],
        msgspec.Meta(title="Weekdays", description="Days on which peak begins"),
    ] = _WORKDAYS

    def is_peak(self, at: datetime) -> bool:
        """Tell whether a moment of the customer's clock is at peak."""
        today, yesterday = _DAYS[at.weekday()], _DAYS[at.weekday() - 1]
        if self.peak_from < self.peak_to:
            return today in self.weekdays and self.peak_from <= at.hour < self.peak_to
        evening = today in self.weekdays and at.hour >= self.peak_from
        return evening or (yesterday in self.weekdays and at.hour < self.peak_to)


class TimeOfUse(PricingModel):
    """Units at peak × peak amount + the other units × off-peak amount, by the customer's clock.

    A change of clocks needs no care: each event's own local time decides. Units whose time is not known, as
    in a quote of mere amounts, are priced off peak and shown as such.
    """

    name = "time_of_use"
    title = "Time of use"
    parameters = TimeOfUseParameters
    needs_events = True

    def check(self, params: TimeOfUseParameters) -> None:
        """Raise ValueError where there would be no peak at all."""
        if not params.weekdays:
            raise ValueError("weekdays: none; name those on which peak begins, such as mon")

    def price(
        self, units: Decimal, params: TimeOfUseParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        """Sort the events' amounts into peak and off-peak, a step for each."""
        peak = off_peak = untimed = Decimal(0)
        for event in events:
            if event.at is None:
                untimed += event.amount
            elif params.is_peak(event.at):
                peak += event.amount
            else:
                off_peak += event.amount
        steps = [
            _step("peak", peak, params.peak_unit_amount),
            _step("off-peak", off_peak, params.off_peak_unit_amount),
        ]
        if untimed:
            steps.append(_step("untimed", untimed, params.off_peak_unit_amount))
        return steps


def _step(kind: str, units: Decimal, unit_amount: Decimal) -> Step:
    noun = "unit" if units == 1 else "units"
    return Step(
        description=f"{units:,f} {kind} {noun}",
        quantity=units,
        unit_amount=unit_amount,
        amount=units * unit_amount,
    )
