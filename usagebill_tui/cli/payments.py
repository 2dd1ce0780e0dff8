"""`usagebill pay` and `usagebill payments`: money received."""

from datetime import date, timedelta

import click
import msgspec

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.invoices import emit_invoice
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.errors import WrongCall

_COLUMNS = [
    Column("id", "Id", right=True),
    Column("number", "Invoice"),
    Column("date", "Date"),
    Column("amount", "Amount", right=True),
    Column("currency", "Currency"),
    Column("reference", "Reference"),
    Column("who", "Recorded by"),
]


@click.command()
@click.argument("number")
@click.option("--amount", required=True, metavar="A", help="Negative for a refund.")
@click.option("--date", "day", metavar="DATE", help="When it was received (default: today).")
@click.option("--reference", default="", help="What the bank statement says.")
@format_option
@pass_place
def pay(place: Place, number: str, amount: str, day: str | None, reference: str, form: Format | None) -> None:
    """Record a payment for an invoice: part of it, all, more, or a refund."""
    try:
        received = None if day is None else date.fromisoformat(day)
    except ValueError:
        raise WrongCall(f"--date {day!r} is not a date", mend="write it like 2026-10-31") from None
    with place.open() as workspace:
        paid = workspace.pay(number, amount, day=received, reference=reference)
        entered = workspace.payments(paid.id)[-1]
    emit_invoice(paid, form)
    due = paid.amount_due
    left = f"{-due} owed back" if due < 0 else f"{due} due"
    narrate(f"{paid.number}: {paid.paid} {paid.currency} paid, {left}, {paid.status}")
    # Somewhere it is tomorrow already.
    if entered.date > entered.at.date() + timedelta(days=1):
        narrate(
            f"{entered.date} is a day to come: reports count the payment from then on; if it is a mistake, "
            f"record --amount {-entered.amount} --date {entered.date}, and the payment again"
        )


@click.command()
@click.option("--invoice", metavar="NUMBER", help="Only this invoice's.")
@format_option
@pass_place
def payments(place: Place, invoice: str | None, form: Format | None) -> None:
    """List payments in the order in which they were recorded."""
    with place.open() as workspace:
        found = workspace.payments(invoice)
        numbers = {one.id: one.number for one in workspace.invoices()}
    rows = [{**msgspec.structs.asdict(payment), "number": numbers[payment.invoice]} for payment in found]
    emit(rows, _COLUMNS, form, empty="No payments yet.")
