"""`usagebill customers`: who pays."""

import click
import msgspec

from usagebill_tui.cli.archiving import archive_commands, archived_option, marked, shown, with_mark
from usagebill_tui.cli.catalog import show_changes
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, done_already, emit, format_option

_COLUMNS = [
    Column(k, k.capitalize()) for k in ("id", "name", "aliases", "timezone", "currency", "tax_percent")
]


@click.group(invoke_without_command=True)
@archived_option
@format_option
@click.pass_context
def customers(ctx: click.Context, form: Format | None, *, archived: bool) -> None:
    """List customers, or import them from a CSV file."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, form=form, archived=archived)


archive_commands(customers, "customer")


@customers.command(name="list")
@archived_option
@format_option
@pass_place
def list_(place: Place, form: Format | None, *, archived: bool) -> None:
    """List customers by id."""
    with place.open() as workspace:
        catalogue = workspace.catalogue()
    found = shown(catalogue, archived=archived).customers
    rows = {key: msgspec.structs.asdict(customer) for key, customer in sorted(found.items())}
    told = marked(rows, catalogue, "customer", archived=archived)
    emit(told, with_mark(_COLUMNS, archived=archived), form, empty="No customers yet.")


@customers.command(name="import")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@format_option
@pass_place
def import_(place: Place, file: str, form: Format | None, *, dry_run: bool) -> None:
    """Add and change the customers of a CSV FILE, all of them or none.

    Columns: id, name, aliases (separated by ;), timezone, currency, tax_percent, tax (likewise),
    email, address; and for one that is to be on a plan: plan, start, end, subscription,
    subscription_aliases. Empty cells change nothing.
    """
    with place.open() as workspace:
        applied = workspace.import_customers(file, dry_run=dry_run)
    with done_already():
        show_changes(applied.changes, form)
    added = sum(change.action == "add" and change.noun == "customer" for change in applied.changes)
    changed = sum(change.action == "change" and change.noun == "customer" for change in applied.changes)
    would = "would be " if dry_run else ""
    narrate(f"{place.name}: customers {would}added {added:,}, changed {changed:,}")
