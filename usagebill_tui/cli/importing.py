"""`usagebill import`: event files in."""

import glob
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.billing.imports.one_by_one import FileOutcome
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.import_text import (
    FAILED,
    OUTCOMES,
    PARTLY,
    exit_code,
    narrate_outcome,
    narrate_report,
    outcome_row,
    show_report,
)
from usagebill_tui.cli.output import Format, done_already, emit, format_option
from usagebill_tui.cli.progress import ImportProgress, told_progress
from usagebill_tui.cli.reading_options import Flags, reading_options
from usagebill_tui.errors import NotFound, WrongCall
from usagebill_tui.eventstore.types import OnConflict
from usagebill_tui.workspace import Workspace


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
@click.option("--each", is_flag=True, help="A batch and an outcome for every file: a bad one stops no other.")
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
    each: bool,
    dry_run: bool,
) -> None:
    """Import event files (`-`: standard input) as one batch: all of it, or nothing.

    With --each every file is a batch, and --max-rejects and --expect-rows hold for each. Exit code 3 says
    that rows were rejected or in conflict or that some files failed, 1 that nothing was imported.
    """
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
        if each:
            code = _import_each(workspace, names, request, form)
        else:
            with told_progress(names) as progress:
                workspace.on_waiting(progress.say)
                report = workspace.import_events(names, request, progress)
            code = PARTLY if report.outcome == "partly" else 0
        if flags.save_mapping is not None and not dry_run and code != FAILED:
            workspace.save_mapping(flags.save_mapping, request.options)
            narrate(f"saved the mapping {flags.save_mapping}")
    if not each:
        with done_already():
            show_report(report, form)
        narrate_report(report)
    ctx.exit(code)


def _import_each(
    workspace: Workspace, names: Sequence[str], request: ImportRequest, form: Format | None
) -> int:
    """Import each file for itself, show what became of each, and return the exit code."""
    outcomes: list[FileOutcome] = []
    with ExitStack() as progresses:

        def progress(file: str) -> ImportProgress:
            progresses.close()
            label = f"{file} ({len(outcomes) + 1:,} of {len(names):,})"
            told = progresses.enter_context(told_progress([file], label))
            workspace.on_waiting(told.say)
            return told

        try:
            for outcome in workspace.import_each(names, request, progress):
                progresses.close()
                outcomes.append(outcome)
                narrate_outcome(outcome)
        finally:
            # Those that were done stay done whatever ends this, and are told of.
            if outcomes:
                with done_already():
                    emit([outcome_row(outcome) for outcome in outcomes], OUTCOMES, form)
    return exit_code(outcomes)


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
