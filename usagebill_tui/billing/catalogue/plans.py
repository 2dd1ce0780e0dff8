"""Plans in a catalogue file, with the definitions that older versions have frozen."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from usagebill_tui.billing.catalogue import values
from usagebill_tui.billing.catalogue.metrics import read_metric
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.billing.catalogue.products import read_product
from usagebill_tui.billing.catalogue.tables import read_table, unread
from usagebill_tui.domain.dialect import DIALECTS, Bounds, Dialect, Rounding, ZeroUsageFlat
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.plan import Billing, Discount, Plan
from usagebill_tui.domain.product import Interval, Product
from usagebill_tui.plugin.registry import Registry

Noun = TypeVar("Noun", Metric, Product)
LONGEST_DAYS = 3660
_MOST_VERSIONS = 1_000_000
_MOST_MONTHS = 1200


class PlanTable(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[plan]]` table: a plan, the version it says it is, and what that version had frozen."""

    place: Place
    plan: Plan
    version: int | None = None
    products: tuple[Product, ...] = ()
    metrics: tuple[Metric, ...] = ()


def read_plan(
    table: Any, place: Place, registry: Registry, currency: str | None, dialect: Dialect | None = None
) -> PlanTable:
    """Read and check one `[[plan]]` table; `currency` and `dialect` are the file's, where it says none."""
    defaults: dict[str, Any] = {} if currency is None else {"currency": currency}
    defaults["dialect"] = dialect
    fields = read_table(table, _PLAN, place, required=("code", *({"currency"} - defaults.keys())))
    version = fields.pop("version", None)
    products = _frozen(fields.pop("frozen_product", []), place.key("frozen_product"), registry, read_product)
    metrics = _frozen(fields.pop("frozen_metric", []), place.key("frozen_metric"), registry, read_metric)
    if version is None and (products or metrics):
        raise place.key("version").error("only an older version has frozen products", mend="add version = …")
    plan = Plan(**{**defaults, **fields})
    if plan.dialect == Dialect():
        plan = msgspec.structs.replace(plan, dialect=None)
    plan = check_plan(plan, place)
    return PlanTable(place=place, plan=plan, version=version, products=products, metrics=metrics)


def check_plan(plan: Plan, place: Place = NOWHERE) -> Plan:
    """Return the plan; raises InvalidInput, naming the key, for what is impossible."""
    values.code(plan.code, place.key("code"))
    if "@" in plan.code:
        raise place.key("code").error("'@' stands before a version", mend="use another character")
    values.currency(plan.currency, place.key("currency"))
    values.between(plan.payment_terms_days, 0, LONGEST_DAYS, place.key("payment_terms_days"))
    values.between(plan.trial_days, 0, LONGEST_DAYS, place.key("trial_days"))
    values.refuse_repeated(plan.products, place.key("products"))
    least, most = plan.minimum_spend, plan.maximum_spend
    for name, amount in (("minimum_spend", least), ("maximum_spend", most)):
        if amount is not None:
            values.at_least_zero(amount, place.key(name))
    if least is not None and most is not None and least > most:
        raise place.key("minimum_spend").error(
            f"the minimum of {least} is over the maximum of {most}", mend="lower it or raise maximum_spend"
        )
    if plan.discount is not None:
        _check_discount(plan.discount, place.key("discount"))
    return plan


def _check_discount(discount: Discount, place: Place) -> None:
    """Refuse a discount that is not exactly one of a percentage and an amount."""
    if (discount.percent is None) == (discount.amount is None):
        raise place.error("a discount is either a percent or an amount", mend="write one of the two")
    if discount.percent is not None:
        values.within_hundred(discount.percent, place.key("percent"))
    if discount.amount is not None:
        values.at_least_zero(discount.amount, place.key("amount"))
    if discount.months is not None:
        values.between(discount.months, 1, _MOST_MONTHS, place.key("months"))


def _frozen(
    tables: Any, place: Place, registry: Registry, read: Callable[[Any, Place, Registry], Noun]
) -> tuple[Noun, ...]:
    """Read the definitions that a version has of its own."""
    nouns = values.list_of(lambda table, at: read(table, at, registry))(tables, place)
    values.refuse_repeated((noun.code for noun in nouns), place)
    return nouns


def _version(value: Any, place: Place) -> int:
    """Read the number of a version."""
    number = values.whole(value, place)
    values.between(number, 1, _MOST_VERSIONS, place)
    return number


def _discount(value: Any, place: Place) -> Discount:
    """Read a discount."""
    return Discount(**read_table(value, _DISCOUNT, place))


def read_dialect(value: Any, place: Place) -> Dialect:
    """Read a dialect: a name, or a table of a name and of single choices."""
    table = {"name": value} if isinstance(value, str) else value
    fields = read_table(table, _DIALECT, place)
    dialect = Dialect(**fields)
    if dialect.name not in DIALECTS:
        at = place if isinstance(value, str) else place.key("name")
        raise at.error(f"unknown dialect {dialect.name!r}", mend=suggestion(dialect.name, DIALECTS))
    return dialect


_DIALECT = {
    "name": values.code,
    "zero_usage_flat": values.choice("choice", ZeroUsageFlat),
    "rounding": values.choice("choice", Rounding),
    "bounds": values.choice("choice", Bounds),
}
_DISCOUNT = {"percent": values.number, "amount": values.number, "months": values.whole}
_PLAN = {
    "code": values.code,
    "version": _version,
    "name": values.text,
    "currency": values.currency,
    "interval": values.choice("interval", Interval),
    "billing": values.choice("billing", Billing),
    "payment_terms_days": values.whole,
    "products": values.list_of(values.code),
    "minimum_spend": values.number,
    "maximum_spend": values.number,
    "trial_days": values.whole,
    "discount": _discount,
    "dialect": read_dialect,
    "frozen_product": unread,
    "frozen_metric": unread,
}
