"""`usagebill events`: the events themselves."""

from itertools import islice
from typing import Any

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import plain
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.eventstore.types import StoredEvent

COLUMNS = [
    Column("timestamp", "Time"),
    Column("account", "Account"),
    Column("metric", "Metric"),
    Column("source", "Source"),
    Column("id", "Id"),
    Column("properties", "Properties"),
    Column("batch", "Batch", right=True),
]


@click.command()
@click.option("--customer", metavar="ID", help="Only events that reach this customer.")
@click.option("--metric", metavar="CODE", help="Only events of this metric.")
@click.option("--from", "first", metavar="DATE", help="From this date or instant.")
@click.option("--to", "last", metavar="DATE", help="Up to, not including, this date or instant.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
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
) -> None:
    """Show events in time order."""
    with place.open() as workspace:
        found = workspace.events(customer=customer, metric=metric, first=first, last=last, limit=limit + 1)
        rows = [row_of(event) for event in islice(found, limit + 1)]
    emit(rows[:limit], COLUMNS, form, empty="No such events.")
    if len(rows) > limit:
        narrate(f"the first {limit:,} only; --limit shows more")


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


def event_words(event: StoredEvent) -> str:
    """Return an event in one line."""
    properties = " ".join(f"{path}={value_words(value)}" for path, value in event.properties.items())
    return f"{event.account} {event.metric} {rfc3339(from_micros(event.timestamp))} {properties}".rstrip()


def value_words(value: Value) -> str:
    """Return a property as it is compared, texts in quotes."""
    return repr(value.text) if value.text is not None else value.as_text()
