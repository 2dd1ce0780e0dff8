"""`usagebill events`: the events themselves."""

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any, TypedDict

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import plain
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.eventstore.types import StoredEvent
from usagebill_tui.workspace import Workspace

COLUMNS = [
    Column("timestamp", "Time"),
    Column("account", "Account"),
    Column("metric", "Metric"),
    Column("source", "Source"),
    Column("id", "Id"),
    Column("properties", "Properties"),
    Column("batch", "Batch", right=True),
]


class Sought(TypedDict):
    """Which events were asked for."""

    customer: str | None
    metric: str | None
    first: str | None
    last: str | None
    limit: int


@click.command()
@click.option("--customer", metavar="ID", help="Only events that reach this customer.")
@click.option("--metric", metavar="CODE", help="Only events of this metric.")
@click.option("--from", "first", metavar="DATE", help="From this date or instant.")
@click.option("--to", "last", metavar="DATE", help="Up to, not including, this date or instant.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.option(
    "--history",
    is_flag=True,
    help="Show versions too that were replaced, in conflict or taken back.",
)
@format_option
@pass_place
def events(
    place: Place,
    customer: str | None,
    metric: str | None,
    first: str | None,
    last: str | None,
    limit: int,
    form: Format | None,
    *,
    history: bool,
) -> None:
    """Show events in time order.

    With --history, each event comes with every content with which it was delivered, and its status: it
    counts; it was replaced, by the batch that is named; it came in conflict with what was there and never
    counted; or its batch was undone.
    """
    sought = Sought(customer=customer, metric=metric, first=first, last=last, limit=limit + 1)
    with place.open() as workspace:
        groups = _histories(workspace, sought) if history else _events(workspace, sought)
        shown = list(islice(groups, limit + 1))
    columns = [*COLUMNS, Column("status", "Status"), Column("by", "By", right=True)] if history else COLUMNS
    emit([row for rows in shown[:limit] for row in rows], columns, form, empty="No such events.")
    if len(shown) > limit:
        narrate(f"the first {limit:,} only; --limit shows more")


def _events(workspace: Workspace, sought: Sought) -> Iterator[list[dict[str, Any]]]:
    for event in workspace.events(**sought):
        yield [row_of(event)]


def _histories(workspace: Workspace, sought: Sought) -> Iterator[list[dict[str, Any]]]:
    """Yield the versions of each event."""
    versions = workspace.event_versions(**sought)
    for _, group in groupby(versions, lambda version: (version.event.source, version.event.id)):
        yield [{**row_of(one.event), "status": one.status, "by": one.by} for one in group]


def row_of(event: StoredEvent) -> dict[str, Any]:
    """Return an event as data; numbers are text, in plain notation."""
    return {
        "source": event.source,
        "id": event.id,
        "account": event.account,
        "metric": event.metric,
        "timestamp": rfc3339(from_micros(event.timestamp)),
        "properties": {path: _value(value) for path, value in event.properties.items()},
        "batch": event.batch,
    }


def _value(value: Value) -> str:
    if value.text is None and value.json is None and value.number is not None:
        return plain(value.number)
    return value.as_text()
