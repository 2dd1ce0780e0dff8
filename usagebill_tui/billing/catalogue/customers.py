"""Customers and their subscriptions in a catalogue file."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from usagebill_tui.billing.catalogue import values
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.billing.catalogue.prices import read_price
from usagebill_tui.billing.catalogue.tables import read_table, unread
from usagebill_tui.billing.catalogue.taxes import tax_codes
from usagebill_tui.domain.customer import Customer, EarlierZone
from usagebill_tui.domain.price import Price
from usagebill_tui.plugin.registry import Registry


class SubscriptionTable(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[customer.subscription]]` table; `version` is None where it does not say which."""

    place: Place
    id: str
    customer: str
    plan: str
    version: int | None
    start: date
    end: date | None = None
    aliases: tuple[str, ...] = ()
    prices: Mapping[str, Price] = {}
    follows: str | None = None


def read_customer(table: Any, place: Place, defaults: Mapping[str, str]) -> tuple[Customer, list[Any]]:
    """Read and check one `[[customer]]` table; the tables of its subscriptions are returned as they stand.

    `defaults` are the file's currency and time zone, for a customer that says none.
    """
    fields = read_table(table, _CUSTOMER, place, required=("id",))
    subscriptions = fields.pop("subscription", [])
    customer = check_customer(Customer(**{**defaults, **fields}), place)
    if not isinstance(subscriptions, list):
        raise place.key("subscription").error(
            "is not a list of tables", mend="write [[customer.subscription]]"
        )
    return customer, subscriptions


def check_customer(customer: Customer, place: Place = NOWHERE) -> Customer:
    """Return the customer; raises InvalidInput, naming the key, for what is impossible."""
    values.code(customer.id, place.key("id"))
    _check_aliases(customer.id, customer.aliases, place.key("aliases"))
    values.timezone(customer.timezone, place.key("timezone"))
    values.currency(customer.currency, place.key("currency"))
    values.within_hundred(customer.tax_percent, place.key("tax_percent"))
    if customer.email and (
        "@" not in customer.email or not customer.email.isprintable() or " " in customer.email
    ):
        raise place.key("email").error(
            f"{customer.email!r} is not an address", mend="write it like billing@acme.com"
        )
    return customer


def read_subscription(table: Any, place: Place, registry: Registry, customer: str) -> SubscriptionTable:
    """Read and check one `[[customer.subscription]]` table; its id is `<customer>-<plan>` unless given."""
    fields = read_table(table, _SUBSCRIPTION, place, required=("plan", "start"))
    plan, version = plan_reference(fields.pop("plan"), place.key("plan"))
    named = fields.pop("id", f"{customer}-{plan}")
    values.code(named, place.key("id"))
    prices = {
        code: read_price(price, place.key("prices").key(code), registry, None)
        for code, price in fields.pop("prices", {}).items()
    }
    subscription = SubscriptionTable(
        place=place, id=named, customer=customer, plan=plan, version=version, prices=prices, **fields
    )
    check_term(subscription.start, subscription.end, place)
    _check_aliases(named, subscription.aliases, place.key("aliases"))
    return subscription


def check_term(start: date, end: date | None, place: Place = NOWHERE) -> None:
    """Refuse a subscription that ends before it has lasted a day."""
    if end is not None and end <= start:
        raise place.key("end").error(
            f"{end} is not after the start, {start}", mend="use a later day or leave it out"
        )


def plan_reference(text: str, place: Place = NOWHERE) -> tuple[str, int | None]:
    """Return the plan and version that `pro@2` names, None for the version of `pro`."""
    plan, at, version = text.partition("@")
    if not at:
        return plan, None
    if not version.isascii() or not version.isdigit() or len(version) > 7 or int(version) < 1:  # noqa: PLR2004 - as plans.py's most versions
        raise place.error(f"{text!r} names no plan version", mend=f"write it like {plan}@1")
    return plan, int(version)


def _check_aliases(name: str, aliases: tuple[str, ...], place: Place) -> None:
    """Refuse aliases that cannot be names or say the same twice."""
    for index, alias in enumerate(aliases):
        values.code(alias, place.item(index))
        if alias == name:
            raise place.item(index).error(f"{alias!r} is the id itself", mend="take it out")
    values.refuse_repeated(aliases, place)


def _earlier_zone(value: Any, place: Place) -> EarlierZone:
    """Read a zone that the customer had, and the day on which it was changed."""
    return EarlierZone(**read_table(value, _EARLIER, place, required=("timezone", "until")))


_EARLIER = {"timezone": values.timezone, "until": values.day}
_CUSTOMER = {
    "id": values.code,
    "name": values.text,
    "aliases": values.list_of(values.code),
    "timezone": values.timezone,
    "earlier_zones": values.list_of(_earlier_zone),
    "currency": values.currency,
    "tax_percent": values.percent,
    "tax": tax_codes,
    "email": values.text,
    "address": values.text,
    "subscription": unread,
}
_SUBSCRIPTION = {
    "id": values.code,
    "aliases": values.list_of(values.code),
    "plan": values.code,
    "start": values.day,
    "end": values.day,
    "prices": values.table,
    "follows": values.code,
}
