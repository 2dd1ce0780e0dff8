"""Nouns of the catalogue as the tables of its file: keys in a fixed order, defaults left out."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import msgspec

from usagebill_tui.domain.customer import Customer, EarlierZone, Subscription
from usagebill_tui.domain.dialect import Dialect
from usagebill_tui.domain.metric import Filter, Metric, Rounding
from usagebill_tui.domain.plan import Discount, Plan
from usagebill_tui.domain.price import Price
from usagebill_tui.domain.pricing import price_table
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.tax import Tax


def metric_table(metric: Metric) -> dict[str, Any]:
    """Return the table of a metric."""
    return _table(metric)


def product_table(product: Product) -> dict[str, Any]:
    """Return the table of a product."""
    return _table(product)


def tax_table(tax: Tax) -> dict[str, Any]:
    """Return the table of a rate of tax."""
    return _table(tax)


def plan_table(plan: Plan, version: int | None = None) -> dict[str, Any]:
    """Return the table of a plan, or of a version of it."""
    table = _table(plan)
    code = table.pop("code")
    return {"code": code, **({} if version is None else {"version": version}), **table}


def customer_table(customer: Customer) -> dict[str, Any]:
    """Return the table of a customer, without its subscriptions."""
    return _table(customer)


def subscription_table(subscription: Subscription) -> dict[str, Any]:
    """Return the table of a subscription, which stands below its customer's."""
    table = _table(subscription)
    del table["customer"], table["version"]
    table.pop("since", None)
    return {**table, "plan": subscription.plan_label}


def _table(noun: msgspec.Struct, always: Collection[str] = ()) -> dict[str, Any]:
    """Return the fields of a noun that are not at their defaults, and those that are `always` written."""
    fields = [(field, getattr(noun, field.name)) for field in _fields(type(noun))]
    return {
        field.encode_name: _value(value)
        for field, value in fields
        if field.name in always or value != _default(field)
    }


@cache  # msgspec works a type's annotations out anew each time
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return the fields of a kind of noun."""
    return msgspec.structs.fields(kind)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """Return the default of a field; NODEFAULT where it has none."""
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _value(value: Any) -> Any:
    """Return the plain form of a field's value."""
    match value:
        case Price():
            return price_table(value)
        case Filter() | Rounding():
            return _table(value, always=value.__struct_fields__)
        case Discount() | Dialect() | EarlierZone():
            return _table(value)
        case Mapping():
            return {key: _value(each) for key, each in sorted(value.items())}
        case tuple():
            return [_value(each) for each in value]
    return value
