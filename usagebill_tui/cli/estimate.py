"""`usagebill estimate`: the current period so far."""

import click

from usagebill_tui.cli.context import Place, instant_option, pass_place
from usagebill_tui.cli.invoices import emit_invoices
from usagebill_tui.cli.output import Format, chosen, format_option, put


@click.command()
@click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer.")
@click.option("--at", metavar="DATE", help="The instant that counts as now.")
@format_option
@pass_place
def estimate(place: Place, customers: tuple[str, ...], at: str | None, form: Format | None) -> None:
    """Show what the current period would be invoiced at if it ended now."""
    with place.open() as workspace:
        found = workspace.estimate(customers, instant_option(at))
    if chosen(form) == "table" and found:
        from usagebill_tui.billing.documents.invoice_text import invoice_text

        put("\n".join(invoice_text(one) for one in found))
    else:
        emit_invoices(found, form, empty="No customer has an active subscription now.")
