"""Customers and their subscriptions."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from usagebill_tui.domain.price import Price

PERSONAL = ("name", "email", "address")
"""The fields of a customer that say who that is; no amount depends on them."""


class EarlierZone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time zone that a customer had: billing periods that had begun on the day `until` still end in it."""

    timezone: str
    until: date


class Customer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who pays. Events name a customer by `id` or one of its `aliases`; days are days in `timezone`.

    `tax` names rates of the catalogue by code; `tax_percent` holds where neither they nor a product's do.
    """

    id: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    timezone: str = "UTC"
    earlier_zones: tuple[EarlierZone, ...] = ()
    currency: str = "USD"
    tax_percent: Decimal = Decimal(0)
    tax: tuple[str, ...] = ()
    email: str = ""
    address: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return everything that events may call this customer."""
        return (self.id, *self.aliases)


class Subscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A customer on a plan version from `start` up to, not including, `end` (days in the customer's zone).

    `prices` overrides the price of a product by its code. One that `follows` another of the customer, such as
    on the next plan version, goes on where that ended: `since` is the day on which the first of them started.
    """

    id: str
    customer: str
    plan: str
    version: int
    start: date
    end: date | None = None
    aliases: tuple[str, ...] = ()
    prices: Mapping[str, Price] = {}
    follows: str | None = None
    since: date | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return everything that events may call this subscription."""
        return (self.id, *self.aliases)

    @property
    def origin(self) -> date:
        """Return the day from which trials, anniversaries, first months and carried levels are counted."""
        return self.since or self.start

    @property
    def plan_label(self) -> str:
        """Return the plan version in people's words: `pro@2`."""
        return f"{self.plan}@{self.version}"
