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
    with place.open() as workspace:
        run = workspace.bill(period, customers, dry_run=dry_run, finalize=finalize)
    idle = not (run.invoices or run.unchanged or run.billed or run.failures)
    if idle and run.unfinished:
        names = ", ".join(run.unfinished[:3]) + (" and others" if len(run.unfinished) > 3 else "")  # noqa: PLR2004 - some
        raise Refused(
            f"the period has not ended for {names}", mend="bill it when it has; `estimate` shows it so far"
        )
    with done_already():
        emit_invoices(run.invoices, form, empty="No invoices to make.")
    verb = "would be made or renewed" if dry_run else "made or renewed"
    narrate(
        f"{len(run.invoices)} {verb}, {run.unchanged} drafts unchanged, {run.billed} periods billed before"
    )
    if run.unfinished:
        narrate(f"not ended yet: {', '.join(run.unfinished)}")
    for failure in run.failures:
        narrate(f"not billed: customer {failure.customer}, {failure.subscription}: {failure.reason}")
    for line in run.not_rated:
        where = f"customer {line.customer}, invoice {line.invoice}, line {line.line} ({line.product})"
        narrate(f"not rated: {where}: {line.reason}")
    if run.failures or run.not_rated:
        ctx.exit(PARTLY)
