"""What a pricing model is, and the steps in which it explains an amount."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from usagebill_tui.domain.origin import Origin
from usagebill_tui.domain.quantity import normalized


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of arithmetic: `description`, usually quantity × unit amount, and the unrounded amount.

    A screen writes it "first 1,000 × $0.01 = $10.00": `description` is the part before the `×`. Where
    there is no multiplication (a flat amount, a minimum, rounding) quantity and unit amount are None.
    """

    description: str
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    amount: Decimal


def plain_step(step: Step) -> Step:
    """Return a step with its numbers free of trailing zeros."""
    return Step(
        description=step.description,
        quantity=None if step.quantity is None else normalized(step.quantity),
        unit_amount=None if step.unit_amount is None else normalized(step.unit_amount),
        amount=normalized(step.amount),
    )


def plain_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return steps with their numbers free of trailing zeros."""
    return tuple([plain_step(step) for step in steps])


class PricedEvent(msgspec.Struct, frozen=True, gc=False):
    """One event for a model that walks them: its amount, and its time in the customer's zone.

    The time is None where only amounts are known, as in a quote.
    """

    amount: Decimal
    at: datetime | None = None


class PricingModel(ABC):
    """Turns a quantity into an amount, in a few steps however large the quantity.

    `name` is what a price says in `model`; `parameters` the type of its other keys; `needs_events` whether
    it prices the single events' amounts instead of their aggregate.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    parameters: ClassVar[type[msgspec.Struct]]
    needs_events: ClassVar[bool] = False
    monotone: ClassVar[bool] = True
    """Whether more usage never costs less; a model whose price falls for all units at once says no."""
    examples: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Tables of parameters for `usagebill plugins check` to try it with; else it makes some up."""
    origin: Origin | None = None
    """The plugin that it comes from; set when it is registered."""

    def check(self, params: Any) -> None:  # noqa: B027 - most models are checked by their types alone
        """Raise ValueError, naming the parameter, where values are impossible together."""

    def in_currency(self, params: Any, minor_digits: int) -> Any:
        """Return the parameters for a currency with `minor_digits`; most models price any alike."""
        return params

    def event_property(self, params: Any, metric_property: str | None) -> str | None:
        """Return the path of the events' amounts, for models that need them: the metric's own by default."""
        del params
        return metric_property

    @abstractmethod
    def price(self, units: Decimal, params: Any, events: Sequence[PricedEvent] = ()) -> Sequence[Step]:
        """Price `units` (never negative); the steps' amounts add up to the amount, unrounded.

        Runs under exact decimal arithmetic. `events` are given, in time order and with no negative
        amount among them, to models that need them.
        """
