"""`usagebill workspaces`: production, sandbox, and any other."""

import click

from usagebill_tui.cli.catalog import show_changes
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.clock import system_clock
from usagebill_tui.errors import Refused

_COLUMNS = [Column("name", "Name"), Column("folder", "Folder"), Column("current", "Current")]


@click.group(invoke_without_command=True)
@click.pass_context
def workspaces(ctx: click.Context) -> None:
    """List, create and delete workspaces; they share nothing."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@workspaces.command(name="list")
@format_option
@pass_place
def list_(place: Place, form: Format | None) -> None:
    """List the workspaces that exist."""
    home = place.all()
    rows = [
        {"name": name, "folder": str(home.folder(name)), "current": name == place.name}
        for name in home.names()
    ]
    emit(rows, _COLUMNS, form, empty="No workspaces yet; production and sandbox are made when first used.")


@workspaces.command()
@click.argument("name")
@pass_place
def create(place: Place, name: str) -> None:
    """Create a workspace with stores of its own."""
    place.all().create(name, system_clock())
    narrate(f"created workspace {name}")


@workspaces.command(name="copy-catalog")
@click.argument("source")
@click.argument("target")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@format_option
@pass_place
def copy_catalog(place: Place, source: str, target: str, form: Format | None, *, dry_run: bool) -> None:
    """Bring metrics, products and plans of SOURCE into TARGET; customers stay apart."""
    with place.open_named(source) as origin:
        text = origin.export_catalogue(customers=False)
    with place.open_named(target) as workspace:
        applied = workspace.apply_catalogue_text(text, f"catalogue of {source}", dry_run=dry_run)
    show_changes(applied.changes, form)
    narrate(f"{target}: {len(applied.changes)} {'would change' if dry_run else 'added or changed'}")


@workspaces.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Really delete everything in it.")
@pass_place
def delete(place: Place, name: str, *, yes: bool) -> None:
    """Delete a workspace and everything in it."""
    if not yes:
        raise Refused(f"deleting {name!r} takes its events and invoices with it", mend="say --yes to do it")
    place.all().delete(name)
    narrate(f"deleted workspace {name}")
