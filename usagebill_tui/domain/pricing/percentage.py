"""A percentage of each event's amount, walked in time order."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.words import counted, number, percent

_ZERO = Decimal(0)


class PercentageParameters(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The parameters of `percentage`; a limit that is not given does not limit."""

    rate_percent: Annotated[
        Decimal, msgspec.Meta(title="Rate", description="Percent of each event's amount", extra={"ge": 0})
    ]
    fixed_amount_per_event: Annotated[
        Decimal,
        msgspec.Meta(title="Fixed amount", description="Added for each event that pays", extra={"ge": 0}),
    ] = _ZERO
    free_events: Annotated[
        int | None,
        msgspec.Meta(title="Free events", description="Events that are free at first", extra={"ge": 0}),
    ] = None
    free_amount: Annotated[
        Decimal | None,
        msgspec.Meta(title="Free amount", description="Amount that is free at first", extra={"ge": 0}),
    ] = None
    min_per_event: Annotated[
        Decimal | None,
        msgspec.Meta(title="Minimum per event", description="Least that an event pays", extra={"ge": 0}),
    ] = None
    max_per_event: Annotated[
        Decimal | None,
        msgspec.Meta(title="Maximum per event", description="Most that an event pays", extra={"ge": 0}),
    ] = None


class _Walk:
    """What a walk over the events adds up to."""

    def __init__(self, params: PercentageParameters) -> None:
        self.params = params
        self.events = 0
        self.amount = _ZERO
        self.free_events = 0
        self.free_amount = _ZERO
        self.paying_events = 0
        self.paying_amount = _ZERO
        self.raised_events = 0
        self.raised_by = _ZERO
        self.lowered_events = 0
        self.lowered_by = _ZERO

    def pass_by(self, amount: Decimal) -> None:
        """Take the next event; a negative amount pays nothing and uses up nothing."""
        if amount < 0:
            return
        free = self._free_part(amount)
        paying = amount - free
        wholly_free = self._open() and not paying
        self.free_amount += free
        self.free_events += bool(free) or wholly_free
        self.events += 1
        self.amount += amount
        if not wholly_free:
            self._pay(paying)

    def _open(self) -> bool:
        events, amount = self.params.free_events, self.params.free_amount
        if events is None and amount is None:
            return False
        return (events is None or self.events < events) and (amount is None or self.amount < amount)

    def _free_part(self, amount: Decimal) -> Decimal:
        if not self._open():
            return _ZERO
        limit = self.params.free_amount
        return amount if limit is None else min(amount, limit - self.amount)

    def _pay(self, amount: Decimal) -> None:
        fee = amount * self.params.rate_percent.scaleb(-2) + self.params.fixed_amount_per_event
        least, most = self.params.min_per_event, self.params.max_per_event
        self.paying_events += 1
        self.paying_amount += amount
        if least is not None and fee < least:
            self.raised_events += 1
            self.raised_by += least - fee
        if most is not None and fee > most:
            self.lowered_events += 1
            self.lowered_by += fee - most


class Percentage(PricingModel):
    """Rate × amount + fixed part per event, after free events and a free amount, within limits."""

    name = "percentage"
    title = "Percentage"
    parameters = PercentageParameters
    needs_events = True

    def check(self, params: PercentageParameters) -> None:
        """Raise ValueError where an event would have to pay more than its maximum."""
        least, most = params.min_per_event, params.max_per_event
        if least is not None and most is not None and least > most:
            raise ValueError(
                f"min_per_event: {number(least)} is above max_per_event ({number(most)}); exchange them"
            )

    def price(
        self, units: Decimal, params: PercentageParameters, events: Sequence[PricedEvent] = ()
    ) -> Sequence[Step]:
        """Walk the events and explain the total in at most five steps."""
        walk = _Walk(params)
        for event in events:
            walk.pass_by(event.amount)
        return [*_free(walk), _rate(walk), *_fixed(walk), *_limits(walk)]


def _free(walk: _Walk) -> list[Step]:
    if not walk.free_events:
        return []
    events = counted(Decimal(walk.free_events), "event")
    return [Step(description=f"{number(walk.free_amount)} free in {events}", amount=_ZERO)]


def _rate(walk: _Walk) -> Step:
    events = counted(Decimal(walk.paying_events), "event")
    rate = walk.params.rate_percent
    return Step(
        description=f"{percent(rate)} of {number(walk.paying_amount)} in {events}",
        amount=walk.paying_amount * rate.scaleb(-2),
    )


def _fixed(walk: _Walk) -> list[Step]:
    fixed, events = walk.params.fixed_amount_per_event, Decimal(walk.paying_events)
    if not fixed or not events:
        return []
    description = f"fixed amount for {counted(events, 'event')}"
    return [Step(description=description, quantity=events, unit_amount=fixed, amount=events * fixed)]


def _limits(walk: _Walk) -> list[Step]:
    steps = []
    if walk.raised_events and walk.params.min_per_event is not None:
        text = (
            f"{counted(Decimal(walk.raised_events), 'event')} raised to {number(walk.params.min_per_event)}"
        )
        steps.append(Step(description=text, amount=walk.raised_by))
    if walk.lowered_events and walk.params.max_per_event is not None:
        text = (
            f"{counted(Decimal(walk.lowered_events), 'event')} lowered to {number(walk.params.max_per_event)}"
        )
        steps.append(Step(description=text, amount=-walk.lowered_by))
    return steps
