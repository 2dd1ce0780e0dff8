"""`usagebill credit-notes`: what was taken off final invoices."""

from pathlib import Path
from typing import Any

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, chosen, emit, emit_one, format_option, one_file
from usagebill_tui.domain.credit_note import CreditNote, credit_json

_COLUMNS = [
    Column("number", "Number"),
    Column("invoice", "Invoice"),
    Column("customer", "Customer"),
    Column("issued", "Issued"),
    Column("currency", "Currency"),
    Column("subtotal", "Subtotal", right=True),
    Column("tax", "Tax", right=True),
    Column("total", "Total", right=True),
    Column("reason", "Reason"),
]
_LINES = [
    Column("line", "Line", right=True),
    Column("description", "Description"),
    Column("amount", "Amount", right=True),
    Column("tax_percent", "Tax %", right=True),
    Column("tax", "Tax", right=True),
]


@click.group(name="credit-notes", invoke_without_command=True)
@format_option
@click.pass_context
def credit_notes(ctx: click.Context, form: Format | None) -> None:
    """List and show credit notes, or make one."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, form=form)


@credit_notes.command(name="list")
@click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer's.")
@click.option("--invoice", metavar="NUMBER", help="Only this invoice's.")
@format_option
@pass_place
def list_(
    place: Place,
    customers: tuple[str, ...] = (),
    invoice: str | None = None,
    form: Format | None = None,
) -> None:
    """List credit notes by number."""
    with place.open() as workspace:
        found = workspace.credit_notes(customers, invoice)
    emit([credit_json(note) for note in found], _COLUMNS, form, empty="No credit notes yet.")


@credit_notes.command()
@click.argument("number")
@format_option
@pass_place
def show(place: Place, number: str, form: Format | None) -> None:
    """Show one credit note with its lines."""
    with place.open() as workspace:
        emit_note(workspace.credit_note(number), form)


@credit_notes.command()
@click.argument("invoice")
@click.option("--line", type=int, metavar="N", help="Only this line of the invoice, from 1.")
@click.option("--amount", metavar="A", help="Tax included (default: all that is left).")
@click.option("--reason", default="", help="What the customer is told.")
@click.option("--dry-run", is_flag=True, help="Show what it would be, make nothing.")
@format_option
@pass_place
def create(
    place: Place,
    invoice: str,
    line: int | None,
    amount: str | None,
    reason: str,
    form: Format | None,
    *,
    dry_run: bool,
) -> None:
    """Credit INVOICE, a line of it or an amount: never more than is left of it."""
    with place.open() as workspace:
        note = workspace.credit(invoice, line=line, amount=amount, reason=reason, dry_run=dry_run)
        now = workspace.invoice(invoice)
    emit_note(note, form)
    if dry_run:
        narrate("nothing was credited: a dry run")
        return
    narrate(f"{note.number}: {now.number} has {now.credited} {now.currency} credited, {now.amount_due} due")


@credit_notes.command()
@click.argument("number")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The same as FILE.")
@pass_place
def export(place: Place, number: str, file: Path | None, out: Path | None) -> None:
    """Write credit note NUMBER to FILE, ending in .pdf, .html, .json or .csv."""
    path = one_file(file, out, "usagebill credit-notes export CN-0001 note.pdf")
    with place.open() as workspace:
        workspace.export_credit_note(number, path)
    narrate(f"wrote {path}")


def emit_note(note: CreditNote, form: Format | None) -> None:
    """Write one credit note: its lines as a table for people, else as data."""
    row: dict[str, Any] = credit_json(note)
    emit_one(row, _COLUMNS, form)
    if chosen(form) == "table":
        emit(row["lines"], _LINES, form)
