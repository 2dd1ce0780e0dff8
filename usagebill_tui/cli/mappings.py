"""`usagebill mappings`: saved ways of reading event files."""

import click
import msgspec

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option

_COLUMNS = [Column("name", "Name"), Column("options", "Options")]


@click.group(invoke_without_command=True)
@format_option
@click.pass_context
def mappings(ctx: click.Context, form: Format | None) -> None:
    """List saved mappings, or delete one; `usagebill import --save-mapping NAME` saves them."""
    if ctx.invoked_subcommand is not None:
        return
    with ctx.ensure_object(Place).open() as workspace:
        saved = workspace.mappings()
    rows = [{"name": name, "options": msgspec.to_builtins(options)} for name, options in saved.items()]
    emit(rows, _COLUMNS, form, empty="No mapping is saved: usagebill import FILE --save-mapping NAME")


@mappings.command()
@click.argument("name")
@pass_place
def delete(place: Place, name: str) -> None:
    """Forget a saved mapping; what was imported with it stays."""
    with place.open() as workspace:
        workspace.delete_mapping(name)
    narrate(f"deleted mapping {name}")
