"""`usagebill import`: event files in."""

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from usagebill_tui.billing.importing import ImportReport, ImportRequest
from usagebill_tui.cli import events
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, chosen, emit, emit_one, format_option, put
from usagebill_tui.cli.reading_options import Flags, reading_options
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.errors import NotFound, WrongCall
from usagebill_tui.eventstore.types import OnConflict, StoredEvent

PARTLY = 3
COLUMNS = [
    Column(key, key.capitalize())
    for key in ("batch", "format", "read", "accepted", "duplicates", "conflicts", "rejected", "rounded")
]


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@reading_options
@click.option(
    "--on-conflict",
    type=click.Choice(["keep-first", "replace", "fail"]),
    default="keep-first",
    show_default=True,
    help="What to do with an event that was delivered before with other content.",
)
@click.option("--again", is_flag=True, help="Import a file once more with other options.")
@click.option("--max-rejects", type=click.IntRange(min=0), metavar="N", help="Fail with more rejected rows.")
@click.option(
    "--expect-rows", type=click.IntRange(min=0), metavar="N", help="Fail unless so many rows are read."
)
@click.option("--dry-run", is_flag=True, help="Count and show the first rows, store nothing.")
@format_option
@pass_place
@click.pass_context
def import_(
    ctx: click.Context,
    place: Place,
    files: tuple[str, ...],
    flags: Flags,
    on_conflict: OnConflict,
    max_rejects: int | None,
    expect_rows: int | None,
    form: Format | None,
    *,
    again: bool,
    dry_run: bool,
) -> None:
    """Import event files (`-`: standard input) as one batch: all of it, or nothing."""
    names = expanded(files)
    with place.open() as workspace:
        request = ImportRequest(
            options=flags.options(workspace),
            on_conflict=on_conflict,
            again=again,
            max_rejects=max_rejects,
            expect_rows=expect_rows,
            dry_run=dry_run,
        )
        report = workspace.import_events(names, request)
        if flags.save_mapping is not None and not dry_run:
            workspace.save_mapping(flags.save_mapping, request.options)
            narrate(f"saved the mapping {flags.save_mapping}")
    _show(report, form)
    _narrate(report)
    if report.outcome == "partly":
        ctx.exit(PARTLY)


def expanded(files: Sequence[str]) -> list[str]:
    """Return the files that the arguments name; patterns are for shells that do not expand them.

    Raises NotFound for a pattern that names none, WrongCall for standard input twice.
    """
    names: list[str] = []
    for file in files:
        if file == "-" or not glob.has_magic(file) or _exists(file):
            names.append(file)
            continue
        found = sorted(glob.glob(file, recursive=True))  # noqa: PTH207 - any root
        if not found:
            raise NotFound("no file fits this pattern", where=file, mend="check the folder and the pattern")
        names += found
    if names.count("-") > 1:
        raise WrongCall("standard input is named twice", mend="name - once")
    return names


def _exists(file: str) -> bool:
    try:
        return Path(file).exists()
    except (OSError, ValueError):
        return False


def _show(report: ImportReport, form: Format | None) -> None:
    """Write the counts and, of a dry run, the first rows as they would be stored."""
    row = row_of(report)
    if report.batch is not None:
        emit_one(row, COLUMNS, form)
        return
    first = [_without_batch(event) for event in report.first]
    emit_one({**row, "first": first}, COLUMNS, form)
    if chosen(form) == "table" and first:
        put("\n")
        emit(first, [column for column in events.COLUMNS if column.key != "batch"], form)


def _without_batch(event: StoredEvent) -> dict[str, Any]:
    return {key: value for key, value in events.row_of(event).items() if key != "batch"}


def row_of(report: ImportReport) -> dict[str, object]:
    """Return the outcome of an import as data."""
    return {"batch": report.batch, "format": report.format, **msgspec.structs.asdict(report.counts)}


def _narrate(report: ImportReport) -> None:
    for file, line, reason in report.first_rejects:
        narrate(f"rejected: {file}, line {line}: {reason}")
    if report.counts.rejected > len(report.first_rejects):
        narrate(f"… {report.counts.rejected:,} rows rejected in all")
    if report.counts.rejected and report.counts.rejected == report.counts.read:
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
        narrate(f"{report.counts.rounded:,} numbers had over 18 digits after the point and were rounded")


def event_words(event: StoredEvent) -> str:
    """Return an event in one line."""
    properties = " ".join(f"{path}={value_words(value)}" for path, value in event.properties.items())
    return f"{event.account} {event.metric} {rfc3339(from_micros(event.timestamp))} {properties}".rstrip()


def value_words(value: Value) -> str:
    """Return a property as it is compared, texts in quotes."""
    return repr(value.text) if value.text is not None else value.as_text()
