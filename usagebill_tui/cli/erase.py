"""`usagebill erase`: a customer's personal data goes for good, invoices and sums stay."""

import click
import msgspec

from usagebill_tui.billing.erasing import Erasure
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, done_already, emit, format_option
from usagebill_tui.errors import Refused

PARTLY = 3
_COLUMNS = [
    Column("kind", "Kind"),
    Column("name", "What"),
    Column("rows", "Rows", right=True),
    Column("outcome", "Outcome"),
    Column("reason", "Reason"),
]


@click.command()
@click.option("--customer", required=True, metavar="ID", help="Whose data it is.")
@click.option(
    "--property",
    "properties",
    multiple=True,
    metavar="PATH",
    help="Only this property of the events (may be repeated; default: all that nothing reads).",
)
@click.option("--keep", multiple=True, metavar="PATH", help="Leave this property as it is (may be repeated).")
@click.option("--dry-run", is_flag=True, help="Say what would go, change nothing.")
@click.option("--yes", is_flag=True, help="Really erase: it cannot be taken back.")
@format_option
@pass_place
@click.pass_context
def erase(
    ctx: click.Context,
    place: Place,
    customer: str,
    properties: tuple[str, ...],
    keep: tuple[str, ...],
    form: Format | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Take a customer's personal data out of events and contacts, for good.

    Name, e-mail and address go, and every property of the customer's events that no metric and no price
    reads, in all versions that are kept; what is only told apart (unique_count) gets pseudonyms. Invoices,
    sums, ids and aliases stay. Backups are listed: they are to be deleted by hand.
    """
    erasure = Erasure(customer=customer, properties=properties, keep=keep, dry_run=dry_run or not yes)
    with place.open() as workspace:
        done = workspace.erase(erasure)
    if not dry_run and not yes:
        # What is asked was tried first: an unknown customer or property is said before a yes is asked for.
        mend = "look with --dry-run, then say --yes"
        raise Refused(f"erasing the data of {customer!r} cannot be taken back", mend=mend)
    with done_already():
        emit([msgspec.structs.asdict(choice) for choice in done.choices], _COLUMNS, form)
    if done.unfinished:
        narrate(f"all of it is erased, but copies may be left in the files: {done.unfinished}")
        narrate("`usagebill doctor --repair` clears them away")
        ctx.exit(PARTLY)
    by_hand = sum(choice.outcome == "by hand" for choice in done.choices)
    if dry_run:
        narrate(f"{place.name}: nothing is changed; --yes erases what is listed")
    else:
        rewritten = done.rewritten
        narrate(f"{place.name}: rewrote {rewritten.rows:,} events in {rewritten.files:,} segments")
    if by_hand:
        narrate(f"{by_hand:,} earlier copies hold the data as it was: delete them by hand")
