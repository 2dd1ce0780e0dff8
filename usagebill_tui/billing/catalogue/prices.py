"""Prices in a catalogue file: of metered products, of fees, and overrides in subscriptions."""

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
from usagebill_tui.billing.catalogue.tables import unsupported
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import parameters, price_from_table
from usagebill_tui.domain.product import Product
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import Registry

_LATER = ("by", "group_by")
_OPEN_ENDED = ("tiered", "volume", "tiered_percentage")
"""The models whose last tier is open, whatever bound it is written with."""


def read_price(value: Any, place: Place, registry: Registry, fee: str | None) -> Price:
    """Read and check a price table; `fee` is the fee type of its product, None where that is not known.

    The model of a fee need not be said; `check_override` completes the check of an unknown one.
    """
    table = dict(values.table(value, place))
    for key in _LATER:
        if key in table:
            unsupported(table[key], place.key(key))
    quantity = values.not_negative(table.pop(QUANTITY), place.key(QUANTITY)) if _counts(table, fee) else None
    if fee not in ("metered", None) or "unit_amount" in table:
        table.setdefault("model", FEE_MODEL)
    if "model" not in table:
        raise place.key("model").error("the key 'model' is missing", mend="add model = …")
    price = _priced(table, place, registry)
    if fee not in ("metered", None):
        check_fee(price, place)
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
    return msgspec.structs.replace(price, params=params)


def check_override(price: Price, product: Product, place: Place = NOWHERE) -> None:
    """Refuse a price that cannot stand for the price of this product."""
    if product.fee != "metered":
        check_fee(price, place)
    elif QUANTITY in price.params:
        raise place.key(QUANTITY).error("usage takes no quantity", mend="take it out")


def last_bound(value: Any, place: Place) -> Place | None:
    """Return the place of a bound on the last tier, which is read as open; None where there is none."""
    tiers = value["tiers"] if isinstance(value, dict) and value.get("model") in _OPEN_ENDED else None
    if isinstance(tiers, list) and tiers and isinstance(tiers[-1], dict) and "up_to" in tiers[-1]:
        return place.key("tiers").item(len(tiers) - 1).key("up_to")
    return None


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
