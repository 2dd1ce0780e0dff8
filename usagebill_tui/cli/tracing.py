"""From an event to every invoice that it touched, as `usagebill explain --event` prints it."""

from typing import Any

from usagebill_tui.billing.usage.tracing import Touch, Traced
from usagebill_tui.billing.words import touch_words
from usagebill_tui.cli.context import narrate
from usagebill_tui.cli.events import row_of
from usagebill_tui.cli.output import Column, Format, emit
from usagebill_tui.domain.invoice import invoice_json
from usagebill_tui.foreign_text import safe

COLUMNS = [
    Column("source", "Source"),
    Column("id", "Id"),
    Column("batch", "Batch", right=True),
    Column("timestamp", "Time"),
    Column("account", "Account"),
    Column("metric", "Metric"),
    Column("invoice", "Invoice"),
    Column("status", "Status"),
    Column("line", "Line", right=True),
    Column("description", "Description"),
    Column("units", "Units", right=True),
    Column("amount", "Amount", right=True),
    Column("currency", "Currency"),
    Column("how", "How"),
    Column("settled_by", "Settled by"),
]


def emit_traced(traced: Traced, form: Format | None) -> None:
    """Write what an event touched, and say which of its versions touched nothing, and what asks on."""
    emit([_row(touch) for touch in traced.touches], COLUMNS, form, empty="On no invoice.")
    touched = [touch.event for touch in traced.touches]
    for version in traced.versions:
        event = version.event
        if event not in touched:
            end = "" if version.status == "counts" else f", {version.status}"
            name = safe(f"{event.id} of batch {event.batch}{end}")
            narrate(f"{name}, touched no invoice; `usagebill why` with its customer and metric says why")
    for touch in traced.touches:
        if touch.how == "open":
            narrate(safe(touch_words(touch)))


def _row(touch: Touch) -> dict[str, Any]:
    row = row_of(touch.event)
    line = None if touch.line is None else invoice_json(touch.invoice)["lines"][touch.line - 1]
    said = {key: None if line is None else line[key] for key in ("description", "units", "amount")}
    return {
        **row,
        "invoice": touch.invoice.number or touch.invoice.id,
        "status": touch.invoice.status,
        "line": touch.line,
        **said,
        "currency": touch.invoice.currency,
        "how": touch.how,
        "settled_by": touch.settled_by,
    }
