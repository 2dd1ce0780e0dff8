"""`usagebill watch`: files are imported as they are finished in a folder."""

import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import FrameType

import click

from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.billing.imports.one_by_one import FileOutcome
from usagebill_tui.billing.imports.watching import Handled, Pace, Waiting
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.import_text import OUTCOMES, exit_code, narrate_outcome, outcome_row
from usagebill_tui.cli.output import Column, Format, csv_text, done_already, emit, encoded, format_option, put
from usagebill_tui.cli.progress import ImportProgress, told_progress
from usagebill_tui.cli.reading_options import Flags, reading_options
from usagebill_tui.domain.invoice import written
from usagebill_tui.errors import WrongCall
from usagebill_tui.events.source import as_text
from usagebill_tui.eventstore.types import OnConflict
from usagebill_tui.foreign_text import safe

_COLUMNS = [*OUTCOMES[:-1], Column("moved_to", "Moved to"), OUTCOMES[-1]]
_KEYS = [column.key for column in _COLUMNS]
_COUNTED = ("read", "accepted", "duplicates", "conflicts", "rejected")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@reading_options
@click.option(
    "--on-conflict",
    type=click.Choice(["keep-first", "replace", "fail"]),
    default="keep-first",
    show_default=True,
    help="What to do with an event that was delivered before with other content.",
)
@click.option("--max-rejects", type=click.IntRange(min=0), metavar="N", help="Fail a file with more.")
@click.option("--once", is_flag=True, help="Import what is there and stop, as for cron.")
@click.option(
    "--settle",
    type=click.FloatRange(min=0, max=3600),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="A file is complete when nothing about it changes for so long.",
)
@format_option
@pass_place
@click.pass_context
def watch(
    ctx: click.Context,
    place: Place,
    folder: Path,
    flags: Flags,
    on_conflict: OnConflict,
    max_rejects: int | None,
    settle: float,
    form: Format | None,
    *,
    once: bool,
) -> None:
    """Import each file in DIR once it is complete, and move it to DIR/done or DIR/failed with its report.

    Names that begin with a dot or end in .part, .partial, .tmp, .temp, .crdownload, .filepart, .swp or ~ are
    left alone. Every file is a batch. Ctrl-C and SIGTERM stop with nothing half-done.
    """
    if flags.save_mapping is not None:
        raise WrongCall(
            "watch saves no mapping", mend="save it with usagebill import, and use --mapping here"
        )
    if form == "json" and not once:
        raise WrongCall("--format json ends with the list, and this list has no end", mend="use jsonl")
    with place.open() as workspace, ExitStack() as progresses, _stopping_softly() as stopped:

        def progress(file: str) -> ImportProgress:
            told = progresses.enter_context(told_progress([file], file))
            workspace.on_waiting(told.say)
            return told

        request = ImportRequest(
            options=flags.options(workspace), on_conflict=on_conflict, max_rejects=max_rejects
        )
        handled = workspace.watch(
            folder,
            request,
            once=once,
            pace=Pace(settle=settle),
            waiting=Waiting(time.monotonic, time.sleep),
            progress=progress,
        )
        try:
            outcomes = _told(_closing(handled, progresses), form, once=once)
        except KeyboardInterrupt:
            if not stopped:
                raise
            narrate("stopped; nothing is half-done")
            ctx.exit(0)
    ctx.exit(exit_code(outcomes))


def _closing(handled: Iterable[Handled], progresses: ExitStack) -> Iterator[Handled]:
    for one in handled:
        progresses.close()
        yield one


def _told(handled: Iterable[Handled], form: Format | None, *, once: bool) -> list[FileOutcome]:
    """Tell of each file: in the end as a list with `once`, else when it is done with."""
    if form == "csv" and not once:
        put(csv_text([], _KEYS))
    rows: list[dict[str, object]] = []
    outcomes: list[FileOutcome] = []
    try:
        for one in handled:
            narrate_outcome(one.outcome)
            moved_to = None if one.moved_to is None else as_text(str(one.moved_to))
            row = {**outcome_row(one.outcome), "moved_to": moved_to}
            if once:
                rows.append(row)
                outcomes.append(one.outcome)
            else:
                with done_already():
                    _put_now(row, form)
    except BaseException:
        # Those that were done stay done whatever ends this, and are told of.
        if rows:
            emit(rows, _COLUMNS, form)
        raise
    if once:
        # Where nothing was done, losing the output as well must not say that something was.
        with done_already() if any(one.report for one in outcomes) else nullcontext():
            emit(rows, _COLUMNS, form, empty="No file was complete.")
    return outcomes


def _put_now(row: dict[str, object], form: Format | None) -> None:
    if form == "csv":
        put(csv_text([row], _KEYS).partition("\n")[2])
    elif form == "table" or (form is None and sys.stdout.isatty()):
        counts = ", ".join(f"{row[key]:,} {key}" for key in _COUNTED if row[key])
        words = f"batch {row['batch']}: {counts}" if row["error"] is None else str(row["error"])
        put(safe(f"{row['file']}  {row['outcome']}  {words}") + "\n")
    else:
        put(encoded(written(row)) + "\n")


@contextmanager
def _stopping_softly() -> Iterator[list[int]]:
    """Let SIGTERM end the block like Ctrl-C does; give the list that it is then noted in."""
    noted: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        noted.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGTERM, before)
