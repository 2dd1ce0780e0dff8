"""`usagebill import`: event files in."""

import glob
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from usagebill_tui.billing.importing import ImportReport, ImportRequest
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit_one, format_option
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.zones import from_micros
from usagebill_tui.errors import WrongCall
from usagebill_tui.events.types import Options, TimeUnit
from usagebill_tui.eventstore.types import OnConflict, StoredEvent

PARTLY = 3
COLUMNS = [
    Column(key, key.capitalize())
    for key in ("batch", "format", "read", "accepted", "duplicates", "conflicts", "rejected", "rounded")
]


@click.command(name="import")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--input-format", metavar="NAME", help="csv, jsonl or json (default: by the file's ending).")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Where a field comes from.")
@click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="A field's value for all rows.")
@click.option("--timezone", default="UTC", show_default=True, help="Zone of times without an offset.")
@click.option("--time-unit", type=click.Choice(["s", "ms", "us", "ns"]), help="Unit of numeric times.")
@click.option("--id-from", metavar="COLUMN,…", help="Columns that together make the id.")
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
@click.option("--dry-run", is_flag=True, help="Count, store nothing.")
@format_option
@pass_place
@click.pass_context
def import_(
    ctx: click.Context,
    place: Place,
    files: tuple[str, ...],
    input_format: str | None,
    maps: tuple[str, ...],
    sets: tuple[str, ...],
    timezone: str,
    time_unit: TimeUnit | None,
    id_from: str | None,
    on_conflict: OnConflict,
    max_rejects: int | None,
    expect_rows: int | None,
    form: Format | None,
    *,
    again: bool,
    dry_run: bool,
) -> None:
    """Import event files (`-`: standard input) as one batch: all of it, or nothing."""
    options = Options(
        input_format=input_format,
        map=_pairs(maps, "--map"),
        set=_pairs(sets, "--set"),
        timezone=timezone,
        time_unit=time_unit,
        id_from=tuple(id_from.split(",")) if id_from else (),
    )
    request = ImportRequest(
        options=options,
        on_conflict=on_conflict,
        again=again,
        max_rejects=max_rejects,
        expect_rows=expect_rows,
        dry_run=dry_run,
    )
    with place.open() as workspace:
        report = workspace.import_events(expanded(files), request)
    emit_one(row_of(report), COLUMNS, form)
    _narrate(report)
    if report.outcome == "partly":
        ctx.exit(PARTLY)


def expanded(files: Sequence[str]) -> list[str]:
    """Return the files that the arguments name; patterns are for shells that do not expand them."""
    names: list[str] = []
    for file in files:
        found = [] if file == "-" or Path(file).exists() else sorted(glob.glob(file))  # noqa: PTH207 - any root
        names += found or [file]
    return names


def row_of(report: ImportReport) -> dict[str, object]:
    """Return the outcome of an import as data."""
    return {"batch": report.batch, "format": report.format, **msgspec.structs.asdict(report.counts)}


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        field, equals, value = text.partition("=")
        if not equals or not field:
            raise WrongCall(f"{option} {text!r} is not FIELD=…", mend=f"write it like {option} account=acme")
        if field in pairs:
            raise WrongCall(f"{option} {field}= is given twice", mend="give it once")
        pairs[field] = value
    return pairs


def _narrate(report: ImportReport) -> None:
    for file, line, reason in report.first_rejects:
        narrate(f"rejected: {file}, line {line}: {reason}")
    if report.counts.rejected > len(report.first_rejects):
        narrate(f"… {report.counts.rejected:,} rows rejected in all")
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
