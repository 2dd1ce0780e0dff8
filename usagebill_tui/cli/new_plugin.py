"""`usagebill plugins new`: a package to begin a plugin with."""

from pathlib import Path
from typing import get_args

import click

from usagebill_tui.cli.context import narrate
from usagebill_tui.cli.output import Column, Format, emit_one, format_option
from usagebill_tui.plugin.scaffold import Kind, write_plugin

_COLUMNS = [
    Column("name", "Name"),
    Column("kind", "Kind"),
    Column("module", "Module"),
    Column("folder", "Folder"),
    Column("files", "Files"),
]


@click.command()
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(get_args(Kind)), help="What it is to add.")
@click.option(
    "--dir",
    "parent",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where to make the folder NAME.  [default: the current folder]",
)
@format_option
def new(name: str, kind: Kind, parent: Path, form: Format | None) -> None:
    """Write an installable package that adds one thing, with a test that runs the laws."""
    made = write_plugin(name, kind, parent)
    row = {
        "name": made.name,
        "kind": made.kind,
        "module": made.module,
        "folder": str(made.folder),
        "files": list(made.files),
    }
    emit_one(row, _COLUMNS, form)
    narrate(f"next: pip install {made.folder}, then usagebill plugins check {made.name}")
