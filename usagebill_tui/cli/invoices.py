"""`usagebill invoices` and `usagebill invoice`: what is owed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import (
    Column,
    Format,
    chosen,
    emit,
    emit_json,
    encoded,
    format_option,
    one_file,
    put,
)
from usagebill_tui.domain.invoice import Invoice, invoice_json

COLUMNS = [
    Column("number", "Number"),
    Column("id", "Id"),
    Column("status", "Status"),
    Column("customer", "Customer"),
    Column("start", "From"),
    Column("end", "To"),
    Column("currency", "Currency"),
    Column("total", "Total", right=True),
    Column("amount_due", "Due", right=True),
    Column("due", "Due on"),
]


@click.command()
@click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer's.")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(["draft", "final", "paid", "void"]),
    help="Only with this status.",
)
@format_option
@pass_place
def invoices(
    place: Place, customers: tuple[str, ...], statuses: tuple[str, ...], form: Format | None
) -> None:
    """List invoices by period, customer and id."""
    with place.open() as workspace:
        found = workspace.invoices(customers, statuses)
    emit_invoices(found, form, empty="No invoices yet: usagebill bill PERIOD")


@click.group()
def invoice() -> None:
    """Show, finalize, void or export one invoice, by its number or id."""


@invoice.command()
@click.argument("number")
@format_option
@pass_place
def show(place: Place, number: str, form: Format | None) -> None:
    """Show one invoice with its lines and steps."""
    with place.open() as workspace:
        found = workspace.invoice(number)
        emit_invoice(found, form)
        for sentence in workspace.changed_plugins(found):
            narrate(sentence)


@invoice.command()
@click.argument("number")
@format_option
@pass_place
def finalize(place: Place, number: str, form: Format | None) -> None:
    """Make a draft final: it gets its number and is never changed again."""
    with place.open() as workspace:
        unusual = workspace.note_anomalies([workspace.invoice(number)])
        if unusual is not None:
            narrate(unusual)
        final = workspace.finalize(number)
    emit_invoice(final, form)
    narrate(f"{final.number} is final, due on {final.due}")


@invoice.command()
@click.argument("number")
@format_option
@pass_place
def void(place: Place, number: str, form: Format | None) -> None:
    """Declare an invoice void; its period can be billed again."""
    with place.open() as workspace:
        voided = workspace.void(number)
    emit_invoice(voided, form)
    narrate(f"{voided.number or voided.id} is void")


@invoice.command()
@click.argument("number")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The same as FILE.")
@click.option(
    "--steps/--no-steps", default=True, help="Pages with how each amount came about (default), or without."
)
@pass_place
def export(place: Place, number: str, file: Path | None, out: Path | None, *, steps: bool) -> None:
    """Write invoice NUMBER to FILE, ending in .pdf, .html, .json or .csv."""
    path = one_file(file, out, "usagebill invoice export INV-0001 invoice.pdf")
    with place.open() as workspace:
        workspace.export_invoice(number, path, steps=steps)
    narrate(f"wrote {path}")


def emit_invoices(found: Sequence[Invoice], form: Format | None, *, empty: str) -> None:
    """Write a list of invoices: whole in JSON, a line each in tables and CSV."""
    if chosen(form) in {"table", "csv"}:
        emit([summary(one) for one in found], COLUMNS, form, empty=empty)
    else:
        emit_json((invoice_json(one) for one in found), form)


def summary(one: Invoice) -> dict[str, Any]:
    """Return an invoice in one flat row, without its lines."""
    row = invoice_json(one)
    flat = {**row, "start": row["period"]["start"], "end": row["period"]["end"]}
    return {column.key: flat[column.key] for column in COLUMNS}


def emit_invoice(one: Invoice, form: Format | None) -> None:
    """Write one invoice: as text for people, else as data."""
    if chosen(form) == "table":
        from usagebill_tui.billing.documents.invoice_text import invoice_text

        put(invoice_text(one))
    elif chosen(form) == "json":
        put(encoded(invoice_json(one), pretty=True) + "\n")
    else:
        emit_invoices([one], form, empty="")
