"""`usagebill parity`: our invoices against another system's."""

from typing import TYPE_CHECKING, Any

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, emit, format_option
from usagebill_tui.domain.quantity import parse_decimal
from usagebill_tui.errors import WrongCall

if TYPE_CHECKING:
    from usagebill_tui.billing.parity import Difference

_COLUMNS = [
    Column("cause", "Likely cause"),
    Column("customer", "Customer"),
    Column("product", "Product"),
    Column("start", "From"),
    Column("end", "To"),
    Column("currency", "Currency"),
    Column("ours", "Ours", right=True),
    Column("theirs", "Theirs", right=True),
    Column("difference", "Difference", right=True),
    Column("invoices", "Invoices"),
    Column("evidence", "Evidence"),
]


@click.command()
@click.argument("file")
@click.option("--period", metavar="PERIOD", help="Period of rows that name none, such as 2026-10.")
@click.option(
    "--tolerance", metavar="AMOUNT", default="0", show_default=True, help="Amounts this close are equal."
)
@format_option
@pass_place
def parity(place: Place, file: str, period: str | None, tolerance: str, form: Format | None) -> None:
    """Compare our invoices with another system's amounts in FILE, and sort what differs by likely cause.

    FILE is CSV with the columns customer, product, amount and perhaps period and currency. Amounts are
    before discounts and tax. Customers without an invoice of a period are billed for it on trial.
    """
    from usagebill_tui.billing.parity import ParityRequest, by_cause, read_statement
    from usagebill_tui.domain.periods import parse_period
    from usagebill_tui.workspace import read_text

    allowed = parse_decimal(tolerance.strip())
    if allowed is None or allowed < 0:
        raise WrongCall(f"--tolerance {tolerance!r} is not an amount", mend="write it like 0.01")
    stated = read_statement(read_text(file), file, None if period is None else parse_period(period))
    with place.open() as workspace:
        found = workspace.parity(ParityRequest(stated=stated, tolerance=allowed))
    emit([row_of(one) for one in found.differences], _COLUMNS, form, empty="No differences.")
    counts = ", ".join(f"{cause} {count:,}" for cause, count in by_cause(found))
    narrate(f"{found.equal:,} equal, {len(found.differences):,} differ{f': {counts}' if counts else ''}")


def row_of(one: "Difference") -> dict[str, Any]:
    """Return a difference as data."""
    return {
        "cause": one.cause,
        "customer": one.customer,
        "product": one.product,
        "start": one.period.first,
        "end": one.period.after,
        "currency": one.currency or None,
        "ours": one.ours,
        "theirs": one.theirs,
        "difference": one.difference,
        "invoices": list(one.invoices),
        "evidence": one.evidence,
    }
