"""`usagebill move`: the workspace, copied to other stores and proven to bill the same."""

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.clock import system_clock

_COLUMNS = [Column("part", "Part"), Column("rows", "Rows", right=True)]


@click.command()
@click.option("--to", metavar="NAME", help="Name of the new workspace (default: the old one's and -moved).")
@click.option("--database", metavar="URL", help="Catalogue and ledger in PostgreSQL.")
@click.option("--event-store", metavar="URL", help="Events in ClickHouse.")
@click.option("--cluster", metavar="NAME", help="Make ClickHouse's tables for this cluster.")
@format_option
@pass_place
def move(
    place: Place,
    to: str | None,
    database: str | None,
    event_store: str | None,
    cluster: str | None,
    form: Format | None,
) -> None:
    """Copy the workspace to other stores; run it again where it was interrupted.

    Without a URL it goes to a folder. The old workspace stays as it is; remove it when you are content.
    """
    from usagebill_tui.moving import Move, move_workspace
    from usagebill_tui.stores import Servers

    servers = Servers(database=database, event_store=event_store, cluster=cluster)
    asked = Move(name=place.name, to=to or f"{place.name}-moved", servers=servers)
    begun: set[str] = set()

    def tell(part: str, _rows: int) -> None:
        if part not in begun:
            begun.add(part)
            narrate(f"copying {part}")

    registry = place.plugins().registry
    moved = move_workspace(place.all(), asked, registry=registry, clock=system_clock, step=tell)
    proof = moved.proof
    rows = [{"part": name, "rows": count} for name, count in moved.tables.items()]
    emit([*rows, {"part": "events", "rows": proof.events}], _COLUMNS, form)
    finals = f"{proof.invoices:,} final invoice{'' if proof.invoices == 1 else 's'}"
    same = f"{proof.events:,} events and {finals}, recomputed, are the same in both"
    narrate(f"{place.name} is also {asked.to} now: {same}")
