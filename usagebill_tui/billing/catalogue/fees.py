"""Fees: the fixed price of a recurring or one-time product."""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.catalogue import values
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.domain.price import Modifiers, Price
from usagebill_tui.domain.quantity import EXACT, plain

FEE_MODEL = "per_unit"
QUANTITY = "quantity"
_ONE = Decimal(1)


class FeeTerms(NamedTuple):
    """What a fee costs: unit amount × quantity, in the plan's currency, unrounded."""

    unit_amount: Decimal
    quantity: Decimal

    @property
    def amount(self) -> Decimal:
        """The fee of one full period, exactly."""
        return EXACT.multiply(self.unit_amount, self.quantity)


def fee_terms(price: Price, place: Place = NOWHERE) -> FeeTerms:
    """Return the terms of a fee's price; raises InvalidInput where it is not one."""
    params = price.params
    return FeeTerms(
        values.number(params.get("unit_amount"), place.key("unit_amount")),
        values.not_negative(params.get(QUANTITY, 1), place.key(QUANTITY)),
    )


def check_fee(price: Price, place: Place = NOWHERE) -> None:
    """Refuse, in the price of a fee, what only usage can be priced by."""
    if price.model != FEE_MODEL:
        raise place.key("model").error(f"a fee is not priced by {price.model!r}", mend=f"use {FEE_MODEL!r}")
    for name in msgspec.structs.asdict(price.modifiers):
        if getattr(price.modifiers, name) != getattr(Modifiers(), name):
            raise place.key(name).error(
                f"a fee takes no {name!r}", mend="write the fee as unit_amount and quantity"
            )


def without_quantity(price: Price) -> Price:
    """Return the price as its model knows it."""
    return msgspec.structs.replace(price, params={k: v for k, v in price.params.items() if k != QUANTITY})


def with_quantity(price: Price, quantity: Decimal) -> Price:
    """Return the price of so many; one is the default and left out."""
    if quantity == _ONE:
        return price
    return msgspec.structs.replace(price, params={**price.params, QUANTITY: plain(quantity)})
