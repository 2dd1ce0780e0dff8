"""Prices between the flat tables of catalogue files and JSON, and the types of their models."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.domain.metric import Scalar
from usagebill_tui.domain.narrowing import Conditions
from usagebill_tui.domain.origin import contained
from usagebill_tui.domain.price import Modifiers, Price, PriceWhen
from usagebill_tui.domain.pricing.conversion import convert
from usagebill_tui.domain.pricing.exact import Path, plain_data, refusal
from usagebill_tui.domain.pricing.protocol import PricingModel
from usagebill_tui.domain.quantity import plain
from usagebill_tui.errors import InvalidInput

DEFAULT_MODEL = "per_unit"

_MODIFIERS = Modifiers.__struct_fields__
_PARTS = ("by", "group_by")
_WHEN = "when"
_WHOLE_PERCENT = 100


def price_from_table(table: Mapping[str, Any]) -> Price:
    """Read a flat table `{model, …parameters…, free_units, …, by, group_by}`; numbers become exact text.

    The model need not be known; without one it is `per_unit`. Raises InvalidInput, naming the key, for
    values that no price can have.
    """
    data = plain_data(table)
    by, group_by = data.pop("by", None), data.pop("group_by", None)
    price = _price(data)
    if by is None and group_by is None:
        return price
    by, group_by = [] if by is None else by, [] if group_by is None else group_by
    return msgspec.structs.replace(price, by=tuple(_entries(by)), group_by=_group_by(group_by))


def _price(data: dict[str, Any]) -> Price:
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
    table = {
        "model": price.model,
        **plain_data(price.params),
        **{key: plain(value) for key, value in given.items() if value is not None},
    }
    if price.group_by:
        table["group_by"] = list(price.group_by)
    if price.by:
        table["by"] = [{_WHEN: plain_data(one.when), **price_table(one.price)} for one in price.by]
    return table


def _entries(by: Any) -> Iterator[PriceWhen]:
    """Read the prices by property value."""
    if not isinstance(by, list):
        raise refusal(("by",), "must be a list of prices", 'write it like [{ when = { region = "eu" }, … }]')
    for place, entry in enumerate(by):
        at = ("by", place)
        if not isinstance(entry, Mapping):
            raise refusal(at, "must be a price", 'write it like { when = { region = "eu" }, … }')
        table = dict(entry)
        for key in _PARTS:
            if key in table:
                raise refusal((*at, key), f"a price within 'by' has no {key!r} of its own", "take it out")
        when = _conditions(table.pop(_WHEN, None), (*at, _WHEN))
        try:
            yield PriceWhen(when=when, price=_price(table))
        except InvalidInput as error:
            raise _within(at, error) from None


def _conditions(when: Any, at: Path) -> Conditions:
    """Read properties with the value, or the list of values, that each is to equal."""
    if not isinstance(when, Mapping) or not when:
        raise refusal(at, "says for which usage the price is", 'write it like { region = "eu" }')
    return {path: _wanted(value, (*at, path)) for path, value in when.items()}


def _wanted(value: Any, at: Path) -> Scalar | tuple[Scalar, ...]:
    """Read one value or a list of them; a list of one is that one."""
    several = value if isinstance(value, list) else [value]
    if not several or not all(isinstance(one, str | bool) for one in several):
        raise refusal(at, "must be a value or a list of values", 'write it like "eu" or ["eu", "uk"]')
    distinct = tuple(dict.fromkeys(several))
    return distinct[0] if len(distinct) == 1 else distinct


def _group_by(paths: Any) -> tuple[str, ...]:
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise refusal(("group_by",), "must be a list of properties", 'write it like ["project"]')
    return tuple(paths)


def _within(path: Path, error: InvalidInput) -> InvalidInput:
    """Return an error about a part of a price as one about the whole: its key begins with `path`."""
    where = refusal(path, "").where
    return InvalidInput(error.what, where=f"{where}.{error.where}" if error.where else where, mend=error.mend)


def parameters(price: Price, model: PricingModel) -> msgspec.Struct:
    """Turn the parameters of a price into its model's own type and check them.

    Raises InvalidInput, naming the key by its path, for unknown keys (with the nearest one), values of
    the wrong kind, values that are impossible together and free units where single events are priced.
    """
    params = convert(price.params, model.parameters, also_known=("model", *_MODIFIERS, *_PARTS))
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
