"""What became of an import, as data and in words."""

from collections.abc import Sequence
from typing import Any

import msgspec

from usagebill_tui.billing.imports.importing import ImportReport
from usagebill_tui.billing.imports.one_by_one import FileOutcome, outcome_data
from usagebill_tui.billing.words import event_words
from usagebill_tui.cli import events
from usagebill_tui.cli.context import narrate
from usagebill_tui.cli.output import Column, Format, chosen, emit, emit_one, put
from usagebill_tui.eventstore.types import StoredEvent
from usagebill_tui.store.manifest import Counts

FAILED, PARTLY = 1, 3
"""Exit codes: nothing was imported; rows or files were left out."""

_COUNTS = tuple(Counts.__struct_fields__)
COLUMNS = [Column(key, key.capitalize()) for key in ("batch", "format", *_COUNTS)]
OUTCOMES = [
    Column("file", "File"),
    Column("outcome", "Outcome"),
    Column("batch", "Batch", right=True),
    Column("format", "Format"),
    *(Column(key, key.capitalize(), right=True) for key in _COUNTS),
    Column("error", "Error"),
]


def show_report(report: ImportReport, form: Format | None) -> None:
    """Write the counts and, of a dry run, the first rows as they would be stored."""
    row = row_of(report)
    if report.batch is not None:
        emit_one(row, COLUMNS, form)
        return
    first = first_rows(report)
    emit_one({**row, "first": first}, COLUMNS, form)
    if chosen(form) == "table" and first:
        put("\n")
        emit(first, [column for column in events.COLUMNS if column.key != "batch"], form)


def first_rows(report: ImportReport) -> list[dict[str, Any]]:
    """Return the first events of a dry run as they would be stored."""
    return [_without_batch(event) for event in report.first]


def _without_batch(event: StoredEvent) -> dict[str, Any]:
    return {key: value for key, value in events.row_of(event).items() if key != "batch"}


def row_of(report: ImportReport) -> dict[str, object]:
    """Return what an import did as data."""
    return {"batch": report.batch, "format": report.format, **msgspec.structs.asdict(report.counts)}


def outcome_row(outcome: FileOutcome) -> dict[str, object]:
    """Return what became of a file as data, after a dry run with its first rows."""
    report = outcome.report
    first = {} if report is None or report.batch is not None else {"first": first_rows(report)}
    return {**outcome_data(outcome), **first}


def exit_code(outcomes: Sequence[FileOutcome]) -> int:
    """Return the exit code of an import of several files, each for itself."""
    results = {outcome.result for outcome in outcomes}
    if results <= {"done"}:
        return 0
    return FAILED if results == {"failed"} else PARTLY


def narrate_outcome(outcome: FileOutcome) -> None:
    """Say what people should know of one file of several."""
    if outcome.error is not None:
        narrate(f"failed: {outcome.error}")
    if outcome.report is not None:
        narrate_report(outcome.report)


def narrate_report(report: ImportReport) -> None:
    """Say what was rejected, is in conflict or was rounded."""
    for file, line, reason in report.first_rejects:
        narrate(f"rejected: {file}, line {line}: {reason}")
    if report.counts.rejected > len(report.first_rejects):
        narrate(f"… {report.counts.rejected:,} rows rejected in all")
    missing = any(" is missing" in reason for _, _, reason in report.first_rejects)
    if missing and report.counts.rejected == report.counts.read:
        narrate("every row was rejected: --map FIELD=COLUMN and --set FIELD=VALUE say where the fields are")
    if report.counts.rejected and report.batch is not None:
        narrate(f"usagebill rejects {report.batch} --out FILE writes them out to be mended")
    for conflict in report.examples:
        label = f"{conflict.stored.source}/{conflict.stored.id}".removeprefix("/")
        narrate(
            f"conflict: {conflict.file}, line {conflict.line}: event {label!r} has other content than before"
        )
        narrate(f"  stored:   {event_words(conflict.stored)}")
        narrate(f"  incoming: {event_words(conflict.incoming)}")
    if report.counts.conflicts > len(report.examples):
        narrate(f"… {report.counts.conflicts:,} conflicts in all")
    if report.counts.rounded:
        numbers, were = ("number", "was") if report.counts.rounded == 1 else ("numbers", "were")
        narrate(f"{report.counts.rounded:,} {numbers} had over 18 digits after the point and {were} rounded")
