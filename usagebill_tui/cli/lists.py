"""What is sold, to whom, and who changed it."""

from typing import Any

import click
import msgspec

from usagebill_tui.cli.context import Place, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.domain.pricing import price_table

_METRICS = [Column(k, k.capitalize()) for k in ("code", "name", "event", "aggregation", "property", "unit")]
_PRODUCTS = [Column(k, k.capitalize()) for k in ("code", "name", "fee", "metric", "timing", "price")]
_PLANS = [
    *(Column(k, k.capitalize()) for k in ("plan", "name", "currency", "interval", "billing", "products")),
    Column("subscriptions", "Subscriptions", right=True),
]
_AUDIT = [Column(k, k.capitalize()) for k in ("at", "who", "action", "noun", "key", "before", "after")]


@click.command()
@format_option
@pass_place
def metrics(place: Place, form: Format | None) -> None:
    """List metrics by code."""
    with place.open() as workspace:
        found = workspace.catalogue().metrics
    rows = [{**_plain(metric), "event": metric.event_code} for _, metric in sorted(found.items())]
    emit(rows, _METRICS, form, empty="No metrics yet: usagebill catalog apply FILE")


@click.command()
@format_option
@pass_place
def products(place: Place, form: Format | None) -> None:
    """List products by code."""
    with place.open() as workspace:
        found = workspace.catalogue().products
    rows = [{**_plain(product), "price": price_table(product.price)} for _, product in sorted(found.items())]
    emit(rows, _PRODUCTS, form, empty="No products yet: usagebill catalog apply FILE")


@click.command()
@format_option
@pass_place
def plans(place: Place, form: Format | None) -> None:
    """List plans, a row for each version, and how many subscriptions are on it."""
    with place.open() as workspace:
        catalogue = workspace.catalogue()
    on = [(s.plan, s.version) for s in catalogue.subscriptions.values()]
    rows = [
        {
            **_plain(version.plan),
            "plan": version.label,
            "version": version.version,
            "products": [product.code for product in version.products],
            "subscriptions": on.count(key),
        }
        for key, version in sorted(catalogue.versions.items())
    ]
    emit(rows, _PLANS, form, empty="No plans yet: usagebill catalog apply FILE")


@click.command()
@format_option
@pass_place
def audit(place: Place, form: Format | None) -> None:
    """Show every change, oldest first."""
    with place.open() as workspace:
        found = workspace.audit()
    emit(
        [{**msgspec.structs.asdict(e), **_decoded(e)} for e in found],
        _AUDIT,
        form,
        empty="Nothing was changed yet.",
    )


def _decoded(entry: Any) -> dict[str, Any]:
    return {
        side: None if (text := getattr(entry, side)) is None else msgspec.json.decode(text)
        for side in ("before", "after")
    }


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(value)
