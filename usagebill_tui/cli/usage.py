"""`usagebill usage`: what was used."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.cli.context import Place, instant_option, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.domain.periods import Bucket
from usagebill_tui.domain.quantity import plain
from usagebill_tui.domain.usage import Usage

PARTLY = 3
_EMPTY = "No usage: no customer has an active subscription now; --from and --to need none."


def usage_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose usage."""
    options = [
        click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer."),
        click.option("--metric", "metrics", multiple=True, metavar="CODE", help="Only this metric."),
        click.option("--from", "first", metavar="DATE", help="From this date or instant."),
        click.option("--to", "last", metavar="DATE", help="Up to, not including, this date or instant."),
        click.option(
            "--by", type=click.Choice(["hour", "day", "week", "month"]), help="Cut time into these."
        ),
        click.option("--group-by", multiple=True, metavar="PROPERTY", help="Break usage down by a property."),
        click.option("--at", metavar="DATE", help="The instant that counts as now."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@usage_options
@format_option
@pass_place
@click.pass_context
def usage(
    ctx: click.Context,
    place: Place,
    customers: tuple[str, ...],
    metrics: tuple[str, ...],
    first: str | None,
    last: str | None,
    by: Bucket | None,
    group_by: tuple[str, ...],
    at: str | None,
    form: Format | None,
) -> None:
    """Show usage; without dates, of each customer's current period."""
    request = UsageRequest(
        customers=customers,
        metrics=metrics,
        first=first,
        last=last,
        by=by,
        group_by=group_by,
        at=instant_option(at),
    )
    with place.open() as workspace:
        found = workspace.usage(request)
    emit([row_of(row) for row in found], columns_of(found), form, empty=_EMPTY)
    failed = [row for row in found if row.failure is not None]
    for row in failed:
        narrate(f"no value: customer {row.customer}, metric {row.metric}: {row.failure}")
    if failed:
        ctx.exit(PARTLY)


def row_of(usage: Usage) -> dict[str, Any]:
    """Return usage as data; `group` only where it is grouped."""
    row: dict[str, Any] = {
        "customer": usage.customer,
        "metric": usage.metric,
        "start": usage.start,
        "end": usage.end,
        "units": None if usage.units is None else plain(usage.units),
        "events": usage.events,
        "left_out": usage.left_out,
    }
    if usage.group is not None:
        row["group"] = dict(usage.group)
    return row


def columns_of(found: Sequence[Usage]) -> list[Column]:
    """Return the columns of a usage table."""
    grouped = any(row.group is not None for row in found)
    return [
        Column("customer", "Customer"),
        Column("metric", "Metric"),
        Column("start", "Start"),
        Column("end", "End"),
        Column("units", "Units", right=True),
        Column("events", "Events", right=True),
        Column("left_out", "Left out", right=True),
        *([Column("group", "Group")] if grouped else []),
    ]
