"""A catalogue as a file that reads back as the same catalogue."""

from collections.abc import Iterator
from typing import Any

from usagebill_tui.billing.catalogue.layout import (
    customer_table,
    metric_table,
    plan_table,
    product_table,
    subscription_table,
    tax_table,
)
from usagebill_tui.billing.catalogue.toml import table_text
from usagebill_tui.billing.catalogue.versions import same
from usagebill_tui.domain.catalogue import Archivable, Catalogue
from usagebill_tui.domain.plan import PlanVersion

_HEADING = (
    "# A usagebill catalogue (TOML): amounts in quotes are exact, keys at their defaults are left out.\n"
)


def write_catalogue(catalogue: Catalogue) -> str:
    """Write a catalogue as TOML, in a fixed order, so that reading it back changes nothing.

    Every plan version has a table of its own, with what it had frozen where that is not as today.
    """
    return "\n".join([_HEADING, *_tables(catalogue)])


def _tables(catalogue: Catalogue) -> Iterator[str]:
    """Yield the text of each table: metrics, products, plans with their versions, customers."""
    for _, metric in sorted(catalogue.metrics.items()):
        yield table_text("metric", _marked(metric_table(metric), "metric", catalogue))
    for _, product in sorted(catalogue.products.items()):
        yield table_text("product", _marked(product_table(product), "product", catalogue))
    for _, tax in sorted(catalogue.taxes.items()):
        yield table_text("tax", tax_table(tax))
    for _, version in sorted(catalogue.versions.items()):
        yield from _version_tables(version, catalogue)
    for code in sorted(catalogue.plans):
        if not _is_settled(catalogue, code):
            yield table_text("plan", _marked(plan_table(catalogue.plans[code]), "plan", catalogue))
    yield from _customer_tables(catalogue)


def _version_tables(version: PlanVersion, catalogue: Catalogue) -> Iterator[str]:
    """Yield the table of a plan version and those of its definitions that are not as today."""
    yield table_text("plan", _marked(plan_table(version.plan, version.version), "plan", catalogue))
    for product in version.products:
        if catalogue.products.get(product.code) != product:
            yield table_text("plan.frozen_product", product_table(product))
    for metric in version.metrics:
        if catalogue.metrics.get(metric.code) != metric:
            yield table_text("plan.frozen_metric", metric_table(metric))


def _marked(table: dict[str, Any], noun: Archivable, catalogue: Catalogue) -> dict[str, Any]:
    """Return a table that says so where its thing is archived."""
    named = str(table.get("code", table.get("id")))
    return {**table, "archived": True} if (noun, named) in catalogue.archived else table


def _is_settled(catalogue: Catalogue, plan: str) -> bool:
    """Tell whether the newest version of a plan is the plan as sold today."""
    newest = catalogue.versions.get((plan, catalogue.latest(plan)))
    return newest is not None and same(newest, catalogue.current(plan))


def _customer_tables(catalogue: Catalogue) -> Iterator[str]:
    """Yield the table of each customer and those of its subscriptions."""
    subscriptions: dict[str, list[str]] = {}
    for _, subscription in sorted(catalogue.subscriptions.items()):
        table = _marked(subscription_table(subscription), "subscription", catalogue)
        text = table_text("customer.subscription", table)
        subscriptions.setdefault(subscription.customer, []).append(text)
    for key, customer in sorted(catalogue.customers.items()):
        yield table_text("customer", _marked(customer_table(customer), "customer", catalogue))
        yield from subscriptions.get(key, ())
