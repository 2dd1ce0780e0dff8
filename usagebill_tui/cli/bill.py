"""`usagebill bill`: the invoices of a period."""

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.invoices import emit_invoices
from usagebill_tui.cli.output import Format, done_already, format_option
from usagebill_tui.errors import Refused

PARTLY = 3


@click.command()
@click.argument("period")
@click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer.")
@click.option("--dry-run", is_flag=True, help="Show exactly what would be made, make nothing.")
@click.option("--finalize", is_flag=True, help="Make the invoices final at once.")
@format_option
@pass_place
@click.pass_context
def bill(
    ctx: click.Context,
    place: Place,
    period: str,
    customers: tuple[str, ...],
    form: Format | None,
    *,
    dry_run: bool,
    finalize: bool,
) -> None:
    """Make the invoices of PERIOD (`2026-10`, `2026-Q3` or `2026-10-01..2026-11-01`)."""
    from usagebill_tui.billing.invoices import run_words

    with place.open() as workspace:
        run = workspace.bill(period, customers, dry_run=dry_run, finalize=finalize)
        unusual = workspace.note_anomalies(run.summaries, period)
    unfinished = run_words.unfinished(run)
    if unfinished is not None:
        raise Refused(unfinished, mend="bill it when it has; `estimate` shows it so far")
    with done_already():
        emit_invoices(run.invoices, form, empty="No invoices to make.")
    narrate(run_words.done(run, dry_run=dry_run))
    for sentence in run_words.left(run):
        narrate(sentence)
    if unusual is not None:
        narrate(unusual)
    if run.failures or run.not_rated:
        ctx.exit(PARTLY)
