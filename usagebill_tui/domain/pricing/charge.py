"""Charges: usage priced, with the steps that led to the amount."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.dialect import Choices
from usagebill_tui.domain.money import minor_unit, round_money
from usagebill_tui.domain.origin import contained
from usagebill_tui.domain.price import Modifiers, Price
from usagebill_tui.domain.pricing.exact import exact_number
from usagebill_tui.domain.pricing.protocol import PricedEvent, PricingModel, Step
from usagebill_tui.domain.pricing.reading import parameters
from usagebill_tui.domain.pricing.verified import KIND, verified_steps
from usagebill_tui.domain.pricing.words import counted, number, percent
from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.errors import InvalidInput

_ZERO = Decimal(0)
_OWN = Choices()
_NONE = Modifiers()


class Charge(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Usage priced.

    `units` are as given; `amount` is unrounded, `rounded` to the currency's minor unit; `steps` add up to
    `rounded`; `top_up` is what the minimum added to `amount`.
    """

    units: Decimal | None
    amount: Decimal
    rounded: Decimal
    steps: tuple[Step, ...]
    top_up: Decimal = _ZERO
    warnings: tuple[str, ...] = ()


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """A price checked against its model and made ready for a currency, to charge many usages by.

    With `round_tiers`, each amount of a tier is rounded by itself.
    """

    model: PricingModel
    params: Any
    modifiers: Modifiers
    currency: str
    round_tiers: bool = False
    adjusts: bool = True
    """Whether a discount, maximum or minimum may change the amount."""


def terms(price: Price, model: PricingModel, currency: str, dialect: Choices = _OWN) -> Terms:
    """Check a price and make it ready; raises InvalidInput, naming the key, where it is impossible.

    What the price leaves open of the dialect's choices is the dialect's.
    """
    with exact_arithmetic():
        params = parameters(_in_dialect(price, model, dialect), model)
        digits = minor_digits(currency)
        with contained(KIND, model, f"failed to price in {currency}"):
            params = model.in_currency(params, digits)
    return Terms(
        model=model,
        params=params,
        modifiers=price.modifiers,
        currency=currency,
        round_tiers=dialect.rounding == "tier" and "tiers" in model.parameters.__struct_fields__,
        adjusts=msgspec.structs.replace(price.modifiers, free_units=None) != _NONE,
    )


def _in_dialect(price: Price, model: PricingModel, dialect: Choices) -> Price:
    """Return the price with the dialect's choices for the parameters that it leaves out."""
    chosen = {"zero_usage_flat": dialect.zero_usage_flat, "bounds": dialect.bounds}
    own = {
        key: value
        for key, value in chosen.items()
        if value != getattr(_OWN, key)
        and key not in price.params
        and key in model.parameters.__struct_fields__
        and "tiers" in model.parameters.__struct_fields__
    }
    return msgspec.structs.replace(price, params={**price.params, **own}) if own else price


def charge(
    units: Decimal | None,
    price: Price,
    model: PricingModel,
    currency: str,
    events: Sequence[PricedEvent] = (),
) -> Charge:
    """Price `units` (None: no value), or the events' amounts in time order where the model needs them.

    Raises InvalidInput where the price is impossible or the model fails.
    """
    return charge_under(terms(price, model, currency), units, events)


def charge_under(agreed: Terms, units: Decimal | None, events: Sequence[PricedEvent] = ()) -> Charge:
    """Price `units` as `charge` does, under terms that were checked before."""
    with exact_arithmetic():
        return _charged(agreed, units, events)


def _charged(agreed: Terms, units: Decimal | None, events: Sequence[PricedEvent]) -> Charge:
    usage = max(_ZERO if units is None else exact_number(units, ("units",)), _ZERO)
    if agreed.model.needs_events and usage and not events:
        raise InvalidInput(
            f"{agreed.model.name!r} prices single events, whose amounts are missing",
            mend="give the events' amounts in time order",
        )
    walked = [event for event in events if exact_number(event.amount, ("event_amounts",)) >= 0]
    free = min(usage, agreed.modifiers.free_units) if agreed.modifiers.free_units else _ZERO
    steps = verified_steps(agreed.model, usage - free if free else usage, agreed.params, walked)
    if agreed.round_tiers:
        steps += _tier_rounding(steps, agreed.currency)
    if free:
        steps = [_free_step(free), *steps]
    amount, top_up = _total(steps), _ZERO
    if agreed.adjusts:
        adjusted, top_up = _adjusted(amount, agreed.modifiers)
        steps += adjusted
        amount = _total(steps)
    rounded = round_money(amount, agreed.currency)
    if rounded != amount:
        steps.append(Step(description=_rounding_words(agreed.currency), amount=rounded - amount))
    negative = units is not None and units < 0
    return Charge(
        units=units,
        amount=amount,
        rounded=rounded,
        steps=tuple(steps),
        top_up=top_up,
        warnings=_warnings(units, len(events) - len(walked)) if events or negative else (),
    )


def _tier_rounding(steps: Sequence[Step], currency: str) -> list[Step]:
    """Return the step that rounds each tier's amounts by themselves, none where they are round."""
    change = sum((round_money(step.amount, currency) - step.amount for step in steps), _ZERO)
    text = f"rounding each tier to {_smallest(currency)}"
    return [Step(description=text, amount=change)] if change else []


@cache
def _smallest(currency: str) -> str:
    return plain(minor_unit(currency))


@cache
def _rounding_words(currency: str) -> str:
    return f"rounding to {_smallest(currency)}"


def _free_step(free: Decimal) -> Step:
    text = counted(free, "free unit")
    return Step(description=text, quantity=free, unit_amount=_ZERO, amount=_ZERO)


def _adjusted(amount: Decimal, modifiers: Modifiers) -> tuple[list[Step], Decimal]:
    """Return the steps of discount, maximum and minimum, in this order, and what the minimum added."""
    steps: list[Step] = []
    if modifiers.discount_percent and amount:
        text = f"discount {percent(modifiers.discount_percent)}"
        steps.append(Step(description=text, amount=-amount * modifiers.discount_percent.scaleb(-2)))
        amount += steps[-1].amount
    if modifiers.maximum_amount is not None and amount > modifiers.maximum_amount:
        steps.append(Step(description="maximum charge", amount=modifiers.maximum_amount - amount))
        amount = modifiers.maximum_amount
    top_up = max(_ZERO, (modifiers.minimum_amount or _ZERO) - amount)
    if top_up and modifiers.minimum_amount:
        steps.append(Step(description="minimum charge", amount=top_up))
        return steps, top_up
    return steps, _ZERO


def _warnings(units: Decimal | None, negative_events: int) -> tuple[str, ...]:
    warnings = []
    if units is not None and units < 0:
        warnings.append(f"usage is negative ({number(units)}), priced like 0")
    if negative_events:
        events = counted(Decimal(negative_events), "event")
        warnings.append(f"{events} of a negative amount: paying nothing and using up nothing")
    return tuple(warnings)


def _total(steps: Sequence[Step]) -> Decimal:
    return sum([step.amount for step in steps], _ZERO)
