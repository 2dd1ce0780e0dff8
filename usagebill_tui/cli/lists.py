"""What is sold, to whom, and who changed it."""

from typing import Any

import click
import msgspec

from usagebill_tui.cli.archiving import archive_commands, archived_option, marked, shown, with_mark
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


@click.group(invoke_without_command=True)
@archived_option
@format_option
@pass_place
@click.pass_context
def metrics(ctx: click.Context, place: Place, form: Format | None, *, archived: bool) -> None:
    """List metrics by code."""
    if ctx.invoked_subcommand is not None:
        return
    with place.open() as workspace:
        catalogue = workspace.catalogue()
    found = shown(catalogue, archived=archived).metrics
    rows = {key: {**_plain(metric), "event": metric.event_code} for key, metric in sorted(found.items())}
    told = marked(rows, catalogue, "metric", archived=archived)
    emit(
        told,
        with_mark(_METRICS, archived=archived),
        form,
        empty="No metrics yet: usagebill catalog apply FILE",
    )


@click.group(invoke_without_command=True)
@archived_option
@format_option
@pass_place
@click.pass_context
def products(ctx: click.Context, place: Place, form: Format | None, *, archived: bool) -> None:
    """List products by code."""
    if ctx.invoked_subcommand is not None:
        return
    with place.open() as workspace:
        catalogue = workspace.catalogue()
    found = shown(catalogue, archived=archived).products
    rows = {key: {**_plain(one), "price": price_table(one.price)} for key, one in sorted(found.items())}
    told = marked(rows, catalogue, "product", archived=archived)
    emit(
        told,
        with_mark(_PRODUCTS, archived=archived),
        form,
        empty="No products yet: usagebill catalog apply FILE",
    )


@click.group(invoke_without_command=True)
@archived_option
@format_option
@pass_place
@click.pass_context
def plans(ctx: click.Context, place: Place, form: Format | None, *, archived: bool) -> None:
    """List plans, a row for each version, and how many subscriptions are on it."""
    if ctx.invoked_subcommand is not None:
        return
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
            **({"archived": ("plan", key[0]) in catalogue.archived} if archived else {}),
        }
        for key, version in sorted(catalogue.versions.items())
        if archived or ("plan", key[0]) not in catalogue.archived
    ]
    emit(rows, with_mark(_PLANS, archived=archived), form, empty="No plans yet: usagebill catalog apply FILE")


archive_commands(metrics, "metric")
archive_commands(products, "product")
archive_commands(plans, "plan")


@click.command()
@click.option("--since", metavar="WHEN", help="From this day or instant (UTC) on.")
@click.option("--until", metavar="WHEN", help="Before this day or instant (UTC).")
@click.option("--who", multiple=True, metavar="NAME", help="Only what this person did (may be repeated).")
@click.option(
    "--what",
    multiple=True,
    metavar="WORD",
    help="Only with this action, kind of thing, code or id (repeated: all must hold).",
)
@format_option
@pass_place
def audit(
    place: Place,
    since: str | None,
    until: str | None,
    who: tuple[str, ...],
    what: tuple[str, ...],
    form: Format | None,
) -> None:
    """Show every change, oldest first: who, what, when, and what was there before and after."""
    from usagebill_tui.domain.periods import parse_instant
    from usagebill_tui.domain.zones import zone
    from usagebill_tui.store.audit import AuditSearch

    search = AuditSearch(
        since=None if since is None else parse_instant(since, zone("UTC")),
        until=None if until is None else parse_instant(until, zone("UTC")),
        who=who,
        what=what,
    )
    with place.open() as workspace:
        found = workspace.audit(search)
    emit(
        [{**msgspec.structs.asdict(e), **_decoded(e)} for e in found],
        _AUDIT,
        form,
        empty="Nothing of the kind was changed yet.",
    )


def _decoded(entry: Any) -> dict[str, Any]:
    return {
        side: None if (text := getattr(entry, side)) is None else msgspec.json.decode(text)
        for side in ("before", "after")
    }


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    return msgspec.structs.asdict(value)
