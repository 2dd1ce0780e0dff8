"""Prices in a catalogue file: of metered products, of fees, and overrides in subscriptions."""

from collections.abc import Iterator
from typing import Any

import msgspec

from usagebill_tui.billing.catalogue import values
from usagebill_tui.billing.catalogue.fees import (
    FEE_MODEL,
    QUANTITY,
    check_fee,
    fee_terms,
    with_quantity,
    without_quantity,
)
from usagebill_tui.billing.catalogue.parameters import placed, plain_parameters
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.domain.price import Price, PriceWhen
from usagebill_tui.domain.pricing import parameters, price_from_table
from usagebill_tui.domain.pricing.parts import covers
from usagebill_tui.domain.product import Product
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import Registry

_PARTS = ("by", "group_by")
MOST_PRICES = 200
"""So many prices by property value one price may have."""
_OPEN_ENDED = ("tiered", "volume", "tiered_percentage")
"""The models whose last tier is open, whatever bound it is written with."""


def read_price(value: Any, place: Place, registry: Registry, fee: str | None) -> Price:
    """Read and check a price table; `fee` is the fee type of its product, None where that is not known.

    The model of a fee need not be said; `check_override` completes the check of an unknown one.
    """
    table = dict(values.table(value, place))
    quantity = values.not_negative(table.pop(QUANTITY), place.key(QUANTITY)) if _counts(table, fee) else None
    if fee not in ("metered", None) or "unit_amount" in table:
        table.setdefault("model", FEE_MODEL)
    if "model" not in table:
        raise place.key("model").error("the key 'model' is missing", mend="add model = …")
    price = _priced(_with_models(table, place), place, registry)
    if fee not in ("metered", None):
        _check_fee(price, place)
    return price if quantity is None else with_quantity(price, quantity)


def check_price(price: Price, registry: Registry, place: Place = NOWHERE, *, counted: bool = False) -> Price:
    """Return the price with its parameters in their plain form; `counted` ones have a fee's quantity.

    Raises InvalidInput, naming the key, for an unknown model or parameters that it cannot have.
    """
    if counted:
        return with_quantity(
            check_price(without_quantity(price), registry, place), fee_terms(price, place).quantity
        )
    try:
        model = registry.pricing_model(price.model)
    except InvalidInput as error:
        raise place.key("model").error(error.what, mend=error.mend) from None
    try:
        params = plain_parameters(parameters(price, model))
    except InvalidInput as error:
        raise placed(error, place) from None
    if price.model in _OPEN_ENDED:
        params["tiers"][-1].pop("up_to", None)
    _check_group_by(price, place.key("group_by"))
    by = tuple(_checked_by(price, registry, place.key("by")))
    return msgspec.structs.replace(price, params=params, by=by)


def _checked_by(price: Price, registry: Registry, place: Place) -> Iterator[PriceWhen]:
    """Yield the prices by property value in plain form; refuse one that no event could ever have."""
    if len(price.by) > MOST_PRICES:
        mend = f"use at most {MOST_PRICES}, or group_by where each group has the same price"
        raise place.error(f"has {len(price.by)} prices", mend=mend)
    for index, one in enumerate(price.by):
        at = place.item(index)
        for path in one.when:
            values.path(path, at.key("when").key(path))
        for earlier, other in enumerate(price.by[:index]):
            if len(other.when) == len(one.when) and covers(other.when, one.when):
                raise at.key("when").error(
                    f"by[{earlier}] is for all that this is for, so this would never count",
                    mend="take it out",
                )
        yield msgspec.structs.replace(one, price=check_price(one.price, registry, at))


def _check_group_by(price: Price, place: Place) -> None:
    for index, path in enumerate(price.group_by):
        values.path(path, place.item(index))
    values.refuse_repeated(price.group_by, place)


def check_override(price: Price, product: Product, place: Place = NOWHERE) -> None:
    """Refuse a price that cannot stand for the price of this product."""
    if product.fee != "metered":
        _check_fee(price, place)
    elif QUANTITY in price.params:
        raise place.key(QUANTITY).error("usage takes no quantity", mend="take it out")


def last_bounds(value: Any, place: Place) -> Iterator[Place]:
    """Yield the places of bounds on last tiers, which are read as open."""
    if not isinstance(value, dict):
        return
    tiers = value.get("tiers") if value.get("model") in _OPEN_ENDED else None
    if isinstance(tiers, list) and tiers and isinstance(tiers[-1], dict) and "up_to" in tiers[-1]:
        yield place.key("tiers").item(len(tiers) - 1).key("up_to")
    entries = value.get("by")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield from last_bounds(entry, place.key("by").item(index))


def _check_fee(price: Price, place: Place) -> None:
    """Refuse, in the price of a fee, what only usage can be priced by."""
    for key in _PARTS:
        if getattr(price, key):
            raise place.key(key).error(f"a fee takes no {key!r}", mend="only usage differs by property")
    check_fee(price, place)


def _with_models(table: dict[str, Any], place: Place) -> dict[str, Any]:
    """Return a price's table with the models of its prices by property value, which need not say per_unit."""
    entries = table.get("by")
    if not isinstance(entries, list):
        return table
    said = []
    for index, entry in enumerate(entries):
        if isinstance(entry, dict) and "model" not in entry:
            if "unit_amount" not in entry:
                at = place.key("by").item(index).key("model")
                raise at.error("the key 'model' is missing", mend="add model = …")
            said.append({**entry, "model": FEE_MODEL})
        else:
            said.append(entry)
    return {**table, "by": said}


def _counts(table: dict[str, Any], fee: str | None) -> bool:
    """Tell whether the price says how many units of the fee are sold."""
    return QUANTITY in table and fee != "metered"


def _priced(table: dict[str, Any], place: Place, registry: Registry) -> Price:
    """Read the table that the pricing model sees."""
    try:
        price = price_from_table(table)
    except InvalidInput as error:
        raise placed(error, place) from None
    return check_price(price, registry, place)
