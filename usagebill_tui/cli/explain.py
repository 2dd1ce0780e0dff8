"""`usagebill explain`: from an amount to its arithmetic, its aggregate, its events."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec

from usagebill_tui.billing.usage.explaining import ExplainedLine, Explanation
from usagebill_tui.billing.words import event_words, money, rule
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.events import row_of as event_row
from usagebill_tui.cli.output import Format, chosen, encoded, format_option, put
from usagebill_tui.domain.invoice import invoice_json, written
from usagebill_tui.domain.metric import Metric
from usagebill_tui.errors import WrongCall
from usagebill_tui.eventstore.history import Fate, Key
from usagebill_tui.eventstore.types import StoredEvent
from usagebill_tui.foreign_text import safe
from usagebill_tui.workspace import Workspace

_FATES = {"replaced": "replaced", "undone": "taken back"}


@click.command()
@click.argument("number", required=False)
@click.option("--line", type=click.IntRange(min=1), metavar="N", help="Only this line.")
@click.option("--events", "with_events", is_flag=True, help="List the events behind usage lines.")
@click.option("--event", metavar="ID", help="Instead: every invoice that the event with this id touched.")
@click.option("--source", metavar="TEXT", help="Only the event of this source (with --event).")
@format_option
@pass_place
def explain(
    place: Place,
    number: str | None,
    line: int | None,
    event: str | None,
    source: str | None,
    form: Format | None,
    *,
    with_events: bool,
) -> None:
    """Explain an invoice: each amount's steps, what was measured, and (--events) the very events.

    With --event, the other way round: from an event to the lines of all invoices that counted it, that left
    it out, that an accepted adjustment changed for it, or that would change.
    """
    if event is not None:
        from usagebill_tui.cli.tracing import emit_traced

        if number is not None or line is not None or with_events:
            raise WrongCall("--event looks for invoices itself", mend="leave NUMBER, --line and --events out")
        with place.open() as workspace:
            traced = workspace.trace(event, source)
        emit_traced(traced, form)
        return
    if number is None or source is not None:
        raise WrongCall("nothing to explain is named", mend="write usagebill explain INV-0001, or --event ID")
    with place.open() as workspace:
        explanation = workspace.explain(number, line)
        if chosen(form) == "table":
            for text in _text(workspace, explanation, with_events=with_events):
                put(f"{text}\n")
        else:
            put(encoded(_data(workspace, explanation, with_events=with_events), pretty=True) + "\n")
        for sentence in workspace.changed_plugins(explanation.invoice):
            narrate(sentence)


def _data(workspace: Workspace, explanation: Explanation, *, with_events: bool) -> dict[str, Any]:
    table = invoice_json(explanation.invoice)
    lines = []
    for explained in explanation.lines:
        line = table["lines"][explained.number - 1]
        line["line"] = explained.number
        if explained.metric is not None:
            line["measured"] = {
                "metric": written(msgspec.to_builtins(explained.metric)),
                "accounts": list(explained.accounts),
                "rule": rule(explained.metric),
            }
            if with_events:
                fates = workspace.fates(explanation, explained)
                line["event_list"] = [
                    {**event_row(event), "since": _since(event, fates)}
                    for event in workspace.events_behind(explanation, explained)
                ]
        lines.append(line)
    if not explanation.totals:
        return {**table, "lines": lines}
    totals = [
        {"name": one.name, "amount": format(one.amount, "f"), "why": one.why or None}
        for one in explanation.totals
    ]
    return {**table, "lines": lines, "totals": totals}


def _text(workspace: Workspace, explanation: Explanation, *, with_events: bool) -> Iterator[str]:
    from usagebill_tui.billing.documents.invoice_text import amount_row, line_text

    invoice = explanation.invoice
    name = invoice.number or invoice.id
    yield safe(f"{name} · {invoice.status} · {invoice.customer} · {invoice.plan}")
    for explained in explanation.lines:
        yield ""
        yield from line_text(explained.number, explained.line, invoice.currency)
        if explained.metric is not None:
            yield from _measured(explained, explained.metric)
            if with_events:
                fates = workspace.fates(explanation, explained)
                yield from _events(workspace.events_behind(explanation, explained), fates)
    if explanation.totals:
        yield ""
    for one in explanation.totals:
        yield amount_row(safe(one.name), money(one.amount, invoice.currency))
        if one.why:
            yield safe(f"     {one.why}")


def _measured(explained: ExplainedLine, metric: Metric) -> Iterator[str]:
    line = explained.line
    yield f"     measured: {safe(rule(metric))}"
    yield f"     from {line.period.start:%Y-%m-%d %H:%M} up to {line.period.end:%Y-%m-%d %H:%M} UTC"
    yield f"     of events that name {safe(', '.join(explained.accounts))}"
    yield f"     {line.events:,} events counted, {line.left_out:,} left out for want of a usable property"


def _events(events: Iterator[StoredEvent], fates: Mapping[Key, Fate]) -> Iterator[str]:
    for event in events:
        fate = fates.get((event.batch, event.source, event.id))
        since = "" if fate is None else f"  ({_FATES[fate.status]} since by batch {fate.by})"
        yield f"       {safe(event.id)}  {safe(event_words(event))}{since}"


def _since(event: StoredEvent, fates: Mapping[Key, Fate]) -> dict[str, Any] | None:
    """Return what became of an event since the invoice was made; None while it counts."""
    fate = fates.get((event.batch, event.source, event.id))
    return None if fate is None else {"status": fate.status, "by": fate.by}
