"""Prices between the flat tables of catalogue files and JSON, and the types of their models."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.domain.origin import contained
from usagebill_tui.domain.price import Modifiers, Price
from usagebill_tui.domain.pricing.conversion import convert
from usagebill_tui.domain.pricing.exact import plain_data, refusal
from usagebill_tui.domain.pricing.protocol import PricingModel
from usagebill_tui.domain.quantity import plain
from usagebill_tui.errors import InvalidInput

DEFAULT_MODEL = "per_unit"

_MODIFIERS = Modifiers.__struct_fields__
_WHOLE_PERCENT = 100


def price_from_table(table: Mapping[str, Any]) -> Price:
    """Read a flat table `{model, …parameters…, free_units, …}` into a price; numbers become exact text.

    The model need not be known; without one it is `per_unit`. Raises InvalidInput, naming the key, for
    values that no price can have.
    """
    data = plain_data(table)
    model = data.pop("model", None)
    model = DEFAULT_MODEL if model is None else model
    if not isinstance(model, str) or not model:
        raise refusal(("model",), f"{model!r} is not the name of a pricing model")
    modifiers = convert({key: data.pop(key) for key in _MODIFIERS if key in data}, Modifiers)
    _check_modifiers(modifiers)
    return Price(model=model, params=data, modifiers=modifiers)


def price_table(price: Price) -> dict[str, Any]:
    """Write a price as the flat table that `price_from_table` reads; numbers are text in plain notation."""
    given = {key: getattr(price.modifiers, key) for key in _MODIFIERS}
    modifiers = {key: plain(value) for key, value in given.items() if value is not None}
    return {"model": price.model, **plain_data(price.params), **modifiers}


def parameters(price: Price, model: PricingModel) -> msgspec.Struct:
    """Turn the parameters of a price into its model's own type and check them.

    Raises InvalidInput, naming the key by its path, for unknown keys (with the nearest one), values of
    the wrong kind, values that are impossible together and free units where single events are priced.
    """
    params = convert(price.params, model.parameters, also_known=("model", *_MODIFIERS))
    try:
        with contained("pricing model", model, "failed to check its parameters", passing=ValueError):
            model.check(params)
    except ValueError as error:
        raise InvalidInput(str(error)) from error
    _check_modifiers(price.modifiers)
    if model.needs_events and price.modifiers.free_units:
        what = f"{model.name!r} prices single events, so units cannot be free"
        raise refusal(("free_units",), what, "take it out")
    return params


def _check_modifiers(modifiers: Modifiers) -> None:
    for key in _MODIFIERS:
        value: Decimal | None = getattr(modifiers, key)
        if value is not None and value < 0:
            raise refusal((key,), f"must not be below 0, not {plain(value)}")
    if (modifiers.discount_percent or 0) > _WHOLE_PERCENT:
        raise refusal(("discount_percent",), "must not be above 100")
