"""What a pricing model returned, checked before money rests on it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import msgspec

from usagebill_tui.domain.origin import contained, failure
from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.quantity import round_to
from usagebill_tui.errors import InvalidInput

KIND = "pricing model"
_BUILT_IN = "usagebill_tui.domain.pricing."
"""Models in these modules add and multiply exact numbers within reach: tests hold their steps to be exact."""
_INTEGER_DIGITS = 90
_FRACTION_DIGITS = 100


def verified_steps(
    model: PricingModel, units: Decimal, params: Any, events: Sequence[PricedEvent]
) -> list[Step]:
    """Let a model price `units` and check its steps; raises InvalidInput, naming the model.

    An amount finer than 100 digits after the point (a quotient) is rounded there, so that sums stay exact.
    """
    with contained(KIND, model, lambda: f"failed on {units:f} units"):
        steps: list[object] = list(model.price(units, params, events))
    if not steps:
        raise _failure(model, "returned no steps")
    if type(model).__module__.startswith(_BUILT_IN):
        return cast("list[Step]", steps)
    return [_verified(step, model) for step in steps]


def _verified(step: object, model: PricingModel) -> Step:
    if not isinstance(step, Step):
        raise _failure(model, f"returned {type(step).__name__} where a step is due")
    amount, quantity, unit_amount = step.amount, step.quantity, step.unit_amount
    if not _is_exact(amount):
        raise _failure(model, f"returned an amount that is not an exact number: {step.amount!r}")
    if not (quantity is None or _is_exact(quantity)) or not (unit_amount is None or _is_exact(unit_amount)):
        raise _failure(model, f"returned a step that is not exact: {step.description}")
    if amount.adjusted() >= _INTEGER_DIGITS:
        raise _failure(model, "returned an amount beyond all money")
    if int(amount.as_tuple().exponent) < -_FRACTION_DIGITS:
        return msgspec.structs.replace(step, amount=round_to(step.amount, _FRACTION_DIGITS))
    return step


def _is_exact(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite()


def _failure(model: PricingModel, what: str) -> InvalidInput:
    return failure(KIND, model, what)
