"""`usagebill why`: why there is no usage, or another charge than expected."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import click

from usagebill_tui.billing.why import Charged, Example, Stage, Why, WhyRequest
from usagebill_tui.cli.context import Place, instant_option, narrate, pass_place
from usagebill_tui.cli.events import COLUMNS as EVENT_COLUMNS
from usagebill_tui.cli.events import row_of as event_row
from usagebill_tui.cli.output import Column, Format, chosen, emit, emit_one, format_option, put, table_text
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.quantity import plain
from usagebill_tui.foreign_text import safe
from usagebill_tui.workspace import Workspace

_COLUMNS = [
    Column("stage", "Stage"),
    Column("entered", "Entered", right=True),
    Column("passed", "Went on", right=True),
    Column("apart", "Set apart", right=True),
    Column("lost", "Lost", right=True),
    Column("lost_in_period", "In period", right=True),
    Column("said", "What was found"),
]
_STAGE_COLUMNS = [
    *_COLUMNS[:-1],
    *(Column(key, key) for key in ("verdict", "question", "said", "reasons", "example", "mend")),
]
_WIDEST = 48
_OF_EVENTS = ["property", "filters", "period", "subscription", "plan", "priced", "invoiced"]


@click.command()
@click.option("--customer", required=True, metavar="ID", help="Whose usage.")
@click.option("--metric", required=True, metavar="CODE", help="Usage of what.")
@click.option("--from", "first", metavar="DATE", help="From this date or instant.")
@click.option("--to", "last", metavar="DATE", help="Up to, not including, this date or instant.")
@click.option("--at", metavar="DATE", help="The instant that counts as now.")
@click.option(
    "--events",
    "stage",
    type=click.Choice(_OF_EVENTS),
    help="List the events that this stage lost or set apart; of `invoiced`, those that count.",
)
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@format_option
@pass_place
def why(
    place: Place,
    customer: str,
    metric: str,
    first: str | None,
    last: str | None,
    at: str | None,
    stage: str | None,
    limit: int,
    form: Format | None,
) -> None:
    """Tell why there is no usage, or another charge: how many events each stage lost, and the mend."""
    request = WhyRequest(customer=customer, metric=metric, first=first, last=last, at=instant_option(at))
    with place.open() as workspace:
        answer = workspace.why(request)
        if stage is not None:
            _list_events(workspace, answer, stage, limit, form)
            return
    match chosen(form):
        case "table":
            for text in answer_text(answer):
                put(f"{text}\n")
        case "json":
            emit_one(row_of(answer), [], form)
        case _:
            emit([stage_row(one) for one in answer.stages], _STAGE_COLUMNS, form)


def _list_events(workspace: Workspace, answer: Why, stage: str, limit: int, form: Format | None) -> None:
    rows = [event_row(event) for event in islice(workspace.events_lost(answer, stage, limit + 1), limit + 1)]
    emit(rows[:limit], EVENT_COLUMNS, form, empty="No such events.")
    if len(rows) > limit:
        narrate(f"the first {limit:,} only; --limit shows more")


def row_of(answer: Why) -> dict[str, Any]:
    """Return an answer as data."""
    return {
        "customer": answer.customer,
        "metric": answer.metric,
        "accounts": list(answer.accounts),
        "subscription": answer.subscription,
        "start": answer.period.start,
        "end": answer.period.end,
        "at": answer.at,
        "counted": answer.counted,
        "answer": answer.answer,
        "findings": list(answer.findings),
        "stages": [stage_row(stage) for stage in answer.stages],
        "charges": [charge_row(charge) for charge in answer.charges],
    }


def stage_row(stage: Stage) -> dict[str, Any]:
    """Return a stage as data."""
    return {
        "stage": stage.name,
        "question": stage.question,
        "verdict": stage.verdict,
        "entered": stage.entered,
        "passed": stage.passed,
        "apart": stage.apart,
        "lost": stage.lost,
        "lost_in_period": stage.in_period,
        "said": stage.said,
        "reasons": [
            {"what": one.what, "events": one.events, "in_period": one.in_period, "apart": one.apart}
            for one in stage.reasons
        ],
        "example": None if stage.example is None else _example_row(stage.example),
        "mend": stage.mend,
    }


def charge_row(charge: Charged) -> dict[str, Any]:
    """Return a charge as data; quantities and money as text."""
    invoice = charge.invoice
    return {
        "subscription": charge.subscription,
        "plan": charge.plan,
        "product": charge.product,
        "start": charge.period.start,
        "end": charge.period.end,
        "units": None if charge.units is None else plain(charge.units),
        "events": charge.events,
        "left_out": charge.left_out,
        "currency": charge.currency,
        "amount": charge.amount,
        "steps": list(charge.steps),
        "notes": list(charge.notes),
        "not_rated": charge.not_rated,
        "invoice": None
        if invoice is None
        else {
            "id": invoice.id,
            "number": invoice.number,
            "status": invoice.status,
            "events": invoice.events,
            "units": None if invoice.units is None else plain(invoice.units),
            "amount": invoice.amount,
        },
        "void": list(charge.void),
    }


def answer_text(answer: Why) -> Iterator[str]:
    """Yield an answer as lines for people: the sentence, the findings, then stage by stage."""
    yield safe(answer.answer)
    start, end = rfc3339(answer.period.start), rfc3339(answer.period.end)
    yield safe(f"{answer.customer} · {answer.metric} · {start} up to {end} · accounts {_names(answer)}")
    yield ""
    yield from (safe(f"→ {finding}") for finding in answer.findings)
    if answer.findings:
        yield ""
    rows = [{**stage_row(stage), "said": _shortened(stage.said)} for stage in answer.stages]
    yield table_text(rows, _COLUMNS).rstrip("\n")
    for stage in answer.stages:
        if stage.lost or stage.mend is not None or len(stage.said) > _WIDEST:
            yield from _stage_text(stage)
    for charge in answer.charges:
        yield from _charge_text(charge)


def _shortened(text: str) -> str:
    """Return a text short enough for a table; it stands in full below."""
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _names(answer: Why) -> str:
    return ", ".join(answer.accounts)


def _stage_text(stage: Stage) -> Iterator[str]:
    yield ""
    yield safe(f"{stage.name}: {stage.question} {stage.said}")
    for reason in stage.reasons:
        kind = "set apart" if reason.apart else "lost"
        inside = "" if reason.apart or reason.in_period is None else f", {reason.in_period:,} in the period"
        yield safe(f"  {reason.events:,} {kind}{inside}: {reason.what}")
    if stage.example is not None:
        yield safe(f"  for example {_example_text(stage.example)}")
    if stage.mend is not None:
        yield safe(f"  mend: {stage.mend}")


def _charge_text(charge: Charged) -> Iterator[str]:
    yield ""
    yield safe(f"{charge.product} on {charge.plan}, {rfc3339(charge.period.start)[:10]}:")
    yield from (safe(f"  {step}") for step in charge.steps)
    yield from (safe(f"  note: {note}") for note in charge.notes)


def _example_text(example: Example) -> str:
    if example.event is None:
        return f"{example.file}, line {example.line} (batch {example.batch}): {example.value}"
    event = example.event
    label = f"{event.source}/{event.id}" if event.source else event.id
    return f"event {label} (batch {example.batch}): {example.value}"


def _example_row(example: Example) -> dict[str, Any]:
    return {
        "batch": example.batch,
        "value": example.value,
        "event": None if example.event is None else event_row(example.event),
        "file": example.file,
        "line": example.line,
    }
