"""`usagebill ledger`: the double entries behind invoices, payments and credit notes."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option, put
from usagebill_tui.errors import WrongCall

if TYPE_CHECKING:
    from usagebill_tui.billing.bookkeeping.exporting import Form

_COLUMNS = [
    Column("account", "Account"),
    Column("currency", "Currency"),
    Column("debits", "Debits", right=True),
    Column("credits", "Credits", right=True),
    Column("balance", "Balance", right=True),
]


@click.group(invoke_without_command=True)
@format_option
@pass_place
@click.pass_context
def ledger(ctx: click.Context, place: Place, form: Format | None) -> None:
    """Show what each account comes to by currency, or export all entries."""
    if ctx.invoked_subcommand is None:
        with place.open() as workspace:
            found = workspace.ledger_balances()
        emit([msgspec.structs.asdict(one) for one in found], _COLUMNS, form, empty="No entries yet.")


@ledger.command()
@click.option("--from", "first", metavar="DATE", help="Entries of this day and later.")
@click.option("--to", "last", metavar="DATE", help="Entries before this day.")
@click.option(
    "--form",
    type=click.Choice(["csv", "beancount", "hledger"]),
    help="Default: what the file's ending names, else csv.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file (default: print).")
@pass_place
def export(place: Place, first: str | None, last: str | None, form: "Form | None", out: Path | None) -> None:
    """Export entries as CSV, or as a file for beancount or hledger."""
    since, until = _day("--from", first), _day("--to", last)
    with place.open() as workspace:
        if out is None:
            text = workspace.ledger_text(form or "csv", since, until)
        else:
            workspace.export_ledger(out, form, since, until)
    if out is None:
        put(text)
    else:
        narrate(f"wrote the ledger to {out}")


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise WrongCall(f"{option} {text!r} is not a date", mend="write it like 2026-10-31") from None
