"""`usagebill batches` and `usagebill rejects`: what was imported, taken back, rejected."""

from pathlib import Path
from typing import Any

import click
import msgspec

from usagebill_tui.billing.imports.mending import rejects_text
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.locations import write_private_file
from usagebill_tui.store.manifest import Batch

_BATCHES = [
    Column("batch", "Batch", right=True),
    Column("kind", "Kind"),
    Column("at", "At"),
    Column("who", "Who"),
    Column("files", "Files"),
    *(
        Column(key, key.capitalize(), right=True)
        for key in ("read", "accepted", "duplicates", "conflicts", "rejected")
    ),
    Column("state", "State"),
]
_REJECTS = [
    Column("batch", "Batch", right=True),
    Column("file", "File"),
    Column("line", "Line", right=True),
    Column("reason", "Reason"),
    Column("raw", "Row"),
]


@click.group(invoke_without_command=True)
@format_option
@click.pass_context
def batches(ctx: click.Context, form: Format | None) -> None:
    """List imports, or take one back."""
    if ctx.invoked_subcommand is not None:
        return
    with ctx.find_object(Place).open() as workspace:  # type: ignore[union-attr] # the root command sets it
        rows = [_row(batch) for batch in workspace.batches()]
    emit(rows, _BATCHES, form, empty="Nothing was imported yet: usagebill import FILE")


@batches.command()
@click.argument("batch", type=int)
@pass_place
def undo(place: Place, batch: int) -> None:
    """Take a batch back; what other batches delivered too stays."""
    with place.open() as workspace:
        before = workspace.snapshot()
        gone, instead = workspace.undo_batch(batch)
        touched = workspace.touched_invoices(before)
    restored = f", {instead:,} of other batches count in their place" if instead else ""
    narrate(f"batch {batch} taken back: {gone:,} events no longer count{restored}")
    if touched:
        count, stay = (
            ("invoice counts", "stays as it is") if touched == 1 else ("invoices count", "stay as they are")
        )
        said = f"{touched:,} final {count} some of them and {stay}"
        narrate(f"{said}: `usagebill report adjustments` shows the difference")


@click.command()
@click.argument("batch", type=int, required=False)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the rows' own text to a file."
)
@format_option
@pass_place
def rejects(place: Place, batch: int | None, out: Path | None, form: Format | None) -> None:
    """List rejected rows, or write them out in their own form to be mended and imported."""
    with place.open() as workspace:
        found = workspace.rejects(batch)
    if out is None:
        emit(
            [msgspec.structs.asdict(reject) for reject in found],
            _REJECTS,
            form,
            empty="Nothing was rejected.",
        )
        return
    write_private_file(out, rejects_text(found, as_array=out.suffix.lower() == ".json"))
    narrate(f"wrote {len(found):,} rows to {out}: mend them and import that file")


def _row(batch: Batch) -> dict[str, Any]:
    counts = {} if batch.kind == "undo" else msgspec.structs.asdict(batch.counts)
    state = (
        f"undone by {batch.undone_by}"
        if batch.undone_by
        else f"undoes {batch.undoes}"
        if batch.undoes
        else ""
    )
    return {
        "batch": batch.id,
        "kind": batch.kind,
        "at": batch.at,
        "who": batch.who,
        "format": batch.format,
        "files": [file.name for file in batch.files],
        **counts,
        "on_conflict": batch.on_conflict,
        "undoes": batch.undoes,
        "undone_by": batch.undone_by,
        "state": state,
    }
