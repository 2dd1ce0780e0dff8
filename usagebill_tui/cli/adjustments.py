"""`usagebill adjustments`: what late events change of final invoices, and how it is settled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from usagebill_tui.billing.adjustments.settling import Acceptance
from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.domain.adjustment import together
from usagebill_tui.errors import WrongCall
from usagebill_tui.store.adjustments import Accepted

PARTLY = 3

ROWS = [
    Column("invoice", "Invoice"),
    Column("customer", "Customer"),
    Column("line", "Line", right=True),
    Column("kind", "Kind"),
    Column("product", "Product"),
    Column("metric", "Metric"),
    Column("group", "Group"),
    Column("start", "From"),
    Column("end", "To"),
    Column("currency", "Currency"),
    Column("units_before", "Units before", right=True),
    Column("units_after", "after", right=True),
    Column("amount_before", "Amount before", right=True),
    Column("amount_after", "after", right=True),
    Column("difference", "Difference", right=True),
    Column("reason", "Reason"),
]
_LIST = [
    Column("id", "Id", right=True),
    Column("invoice", "Invoice"),
    Column("customer", "Customer"),
    Column("state", "State"),
    Column("currency", "Currency"),
    Column("net", "Net", right=True),
    Column("tax", "Tax", right=True),
    Column("total", "Total", right=True),
    Column("settled_by", "Settled by"),
    Column("reason", "Reason"),
]


def definitions_option(default: str | None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `--definitions`."""
    return click.option(
        "--definitions",
        type=click.Choice(["today", "agreed"]),
        default=default,
        help="Metrics as defined today, or as the plan version that was billed fixed them.",
    )


@click.group(invoke_without_command=True)
@format_option
@click.pass_context
def adjustments(ctx: click.Context, form: Format | None) -> None:
    """List what is to be settled of final invoices, or accept it."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, form=form)


@adjustments.command(name="list")
@click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer's.")
@definitions_option("today")
@format_option
@pass_place
def list_(
    place: Place, customers: tuple[str, ...] = (), definitions: str = "today", form: Format | None = None
) -> None:
    """List open proposals, then accepted adjustments in the order of acceptance."""
    with place.open() as workspace:
        open_ = workspace.adjustment_proposals(customers, _chosen(definitions))
        accepted = workspace.adjustments(customers)
        numbers = {one.id: one.number or one.id for one in workspace.invoices(customers)}
    proposed = [
        {
            "id": None,
            "invoice": one.invoice.number,
            "customer": one.invoice.customer,
            "state": "cannot be recomputed" if one.problem else "open",
            "currency": one.invoice.currency,
            "net": None if one.problem else one.rest.net,
            "tax": None if one.problem else one.rest.tax,
            "total": None if one.problem else one.rest.total,
            "settled_by": None,
            "reason": one.problem or together(each.reason for each in one.rest.differences),
        }
        for one in open_
    ]
    emit([*proposed, *(row_of(one, numbers) for one in accepted)], _LIST, form, empty="Nothing to adjust.")


@adjustments.command()
@click.argument("invoice", required=False)
@click.option("--all", "every", is_flag=True, help="All that is proposed.")
@click.option(
    "--customer", "customers", multiple=True, metavar="ID", help="With --all: only this customer's."
)
@click.option(
    "--as",
    "settle",
    type=click.Choice(["line", "credit-note"]),
    default="line",
    help="Lines on the customer's next invoice, or a credit note on this one (default: line).",
)
@definitions_option(None)
@format_option
@pass_place
@click.pass_context
def accept(
    ctx: click.Context,
    place: Place,
    invoice: str | None,
    customers: tuple[str, ...],
    settle: str,
    definitions: str | None,
    form: Format | None,
    *,
    every: bool,
) -> None:
    """Settle what INVOICE, or all, would come to now: once and to the cent."""
    if every == (invoice is not None):
        raise WrongCall("name one invoice, or give --all", mend="`usagebill adjustments list` shows them")
    how: Any = settle
    with place.open() as workspace:
        if invoice is not None:
            one = workspace.accept_adjustment(invoice, how, _chosen(definitions or "today"))
            done = Acceptance((one,))
        else:
            chosen = None if definitions is None else _chosen(definitions)
            done = workspace.accept_adjustments(customers, how, chosen)
    emit([row_of(one, {}) for one in done.accepted], _LIST, form, empty="Nothing to adjust.")
    for one in done.accepted:
        where = f"credit note {one.credit_note}" if one.credit_note else "the customer's next invoice"
        narrate(f"{one.number}: {one.total} {one.currency} by {where}")
    for each in done.left:
        narrate(f"left open: {each.invoice}: {each.reason}")
    if done.left:
        ctx.exit(PARTLY)


def report_rows(
    place: Place, customers: tuple[str, ...], definitions: str, out: Path | None, form: Format | None
) -> None:
    """Print what would change, a row a line of an invoice, or write it to a file."""
    if out is not None and form is not None:
        raise WrongCall("--format and --out together", mend="the ending of the file names its form")
    with place.open() as workspace:
        if out is not None:
            written = workspace.report_adjustments(out, customers, _chosen(definitions))
            narrate(f"wrote {written:,} rows to {out}")
            return
        found = workspace.adjustment_proposals(customers, _chosen(definitions))
    from usagebill_tui.billing.adjustments.adjusting import rows
    from usagebill_tui.billing.adjustments.adjustment_report import row_of as flat

    emit([flat(row) for row in rows(found)], ROWS, form, empty="Nothing to adjust.")


def row_of(one: Accepted, numbers: dict[str, str]) -> dict[str, Any]:
    """Return an accepted adjustment in one flat row; `numbers` are those of invoices by id."""
    billed_on = None if one.billed_on is None else numbers.get(one.billed_on, one.billed_on)
    return {
        "id": one.id,
        "invoice": one.number,
        "customer": one.customer,
        "state": "credited" if one.credit_note else "billed" if billed_on else "pending",
        "currency": one.currency,
        "net": one.total - one.tax,
        "tax": one.tax,
        "total": one.total,
        "settled_by": one.credit_note or billed_on,
        "reason": together(line.reason for line in one.lines),
        "at": one.at,
        "who": one.who,
    }


def _chosen(definitions: str) -> Any:
    return definitions
