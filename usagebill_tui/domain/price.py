"""Prices: a pricing model, its parameters, and what any price takes around its model."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.domain.narrowing import Conditions


class Modifiers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What any price takes, in the order of application.

    `free_units` come off before the model; then the model's amount is reduced by `discount_percent`,
    held below `maximum_amount` and raised to `minimum_amount`.
    """

    free_units: Decimal | None = None
    discount_percent: Decimal | None = None
    maximum_amount: Decimal | None = None
    minimum_amount: Decimal | None = None


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pricing model by name, its parameters as plain data, and the modifiers.

    `params` stay plain (text, numbers, lists, tables) so that a price survives its model's absence;
    `usagebill_tui.domain.pricing` turns them into the model's own type.
    Where `by` has prices, the usage that none of them is for has this one. With `group_by`, usage is priced
    separately for each of the texts that these properties have.
    """

    model: str
    params: Mapping[str, Any] = {}
    modifiers: Modifiers = Modifiers()
    by: tuple["PriceWhen", ...] = ()
    group_by: tuple[str, ...] = ()

    def each(self) -> tuple["Price", ...]:
        """Return the default price and those by property value."""
        return self, *(one.price for one in self.by)


class PriceWhen(msgspec.Struct, frozen=True, kw_only=True):
    """The price of the usage whose events fulfil conditions; it has no `by` or `group_by` of its own."""

    when: Conditions
    price: Price
