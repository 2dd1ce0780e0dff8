"""`usagebill workspaces`: production, sandbox, and any other."""

import click

from usagebill_tui.addresses import is_address, shown
from usagebill_tui.cli.catalog import show_changes
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.clock import system_clock
from usagebill_tui.errors import Refused, UsagebillError, WrongCall
from usagebill_tui.homes import Home

_COLUMNS = [
    Column("name", "Name"),
    Column("folder", "Folder"),
    Column("current", "Current"),
    Column("database", "Database"),
    Column("event_store", "Event store"),
]


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
        {"name": name, "folder": str(home.folder(name)), "current": name == place.name, **_stores(home, name)}
        for name in home.names()
    ]
    emit(rows, _COLUMNS, form, empty="No workspaces yet; production and sandbox are made when first used.")


def _stores(home: Home, name: str) -> dict[str, str]:
    """Return where a workspace's stores are, without passwords; of a damaged one nothing."""
    try:
        fixed = home.fixed(name, system_clock())
    except UsagebillError:
        return {"database": "", "event_store": ""}
    return {"database": shown(fixed.database), "event_store": shown(fixed.events)}


@workspaces.command()
@click.argument("name")
@click.option(
    "--database",
    metavar="URL",
    help="Catalogue and ledger in PostgreSQL: postgresql+psycopg://ada:${PGPASSWORD}@host/database.",
)
@click.option(
    "--event-store",
    metavar="URL",
    help="Events in ClickHouse: clickhouse://user@host/database; or, tentatively, in s3://bucket/prefix.",
)
@click.option("--cluster", metavar="NAME", help="Make ClickHouse's tables for this cluster.")
@click.option("--join", is_flag=True, help="Use what somebody else created there.")
@pass_place
def create(
    place: Place, name: str, database: str | None, event_store: str | None, cluster: str | None, *, join: bool
) -> None:
    """Create a workspace with stores of its own, in a folder or on servers that a team shares.

    ${NAME} in a URL stands for an environment variable, so that no password is stored.
    """
    if database is None and event_store is None:
        if cluster is not None or join:
            raise WrongCall("--cluster and --join are for servers", mend="give --database or --event-store")
        place.all().create(name, system_clock())
    else:
        from usagebill_tui.stores import Servers, create_workspace

        servers = Servers(database=database, event_store=event_store, cluster=cluster, join=join)
        for statement in create_workspace(place.all(), name, system_clock(), servers):
            click.echo(statement)
    narrate(f"{'joined' if join else 'created'} workspace {name}")


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
    home = place.all()
    stays = [one for one in _stores(home, name).values() if is_address(one)] if home.exists(name) else []
    home.delete(name)
    narrate(f"deleted workspace {name}")
    for one in stays:
        narrate(f"what others share stays: {one}")
