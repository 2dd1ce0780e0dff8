"""`usagebill simulate`: real past usage under other prices."""

from typing import TYPE_CHECKING, Any

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, Format, chosen, emit, format_option
from usagebill_tui.domain.quantity import parse_decimal
from usagebill_tui.errors import WrongCall

if TYPE_CHECKING:
    from usagebill_tui.billing.simulating import Bucket, Compared, Simulation, Total

PARTLY = 3

_CUSTOMERS = [
    Column("customer", "Customer"),
    Column("plan_before", "Plan before"),
    Column("plan_after", "after"),
    Column("start", "From"),
    Column("end", "To"),
    Column("currency", "Currency"),
    Column("before", "Before", right=True),
    Column("after", "After", right=True),
    Column("difference", "Difference", right=True),
    Column("percent", "%", right=True),
    Column("outcome", "Pays"),
]
_PROBLEM = Column("problem", "Problem")
_ALL = [
    Column("kind", "Kind"),
    *_CUSTOMERS,
    Column("bucket", "Bucket"),
    *(Column(key, key.capitalize()) for key in ("customers", "less", "more", "same", "unknown", "problem")),
]


@click.command()
@click.option("--plan", metavar="CODE[@V]", help="Everybody on this plan, or this version of it.")
@click.option("--catalog", "file", metavar="FILE", help="What is sold as this catalogue file says.")
@click.option("--product", metavar="CODE", help="This product at another --price, in all its plans.")
@click.option("--price", metavar="JSON|@FILE", help="The price of --product, as in a catalogue file.")
@click.option("--from", "first", required=True, metavar="DATE", help="From this date.")
@click.option("--to", "last", required=True, metavar="DATE", help="Up to, not including, this date.")
@click.option("--customer", "customers", multiple=True, metavar="ID", help="Only this customer.")
@click.option("--growth", metavar="PERCENT", default="0", help="Let all usage grow by so many percent.")
@format_option
@pass_place
@click.pass_context
def simulate(
    ctx: click.Context,
    place: Place,
    plan: str | None,
    file: str | None,
    product: str | None,
    price: str | None,
    first: str,
    last: str,
    customers: tuple[str, ...],
    growth: str,
    form: Format | None,
) -> None:
    """Put real past usage under other prices: before, after and difference per customer, before tax.

    Whole billing periods within the dates count, in each customer's zone. Nothing stored changes.
    """
    from msgspec.structs import replace

    from usagebill_tui.billing.simulating import SimulationRequest
    from usagebill_tui.billing.simulating.words import conditions
    from usagebill_tui.cli.quote import read_json
    from usagebill_tui.domain.periods import parse_period
    from usagebill_tui.workspace import read_text

    percent = parse_decimal(growth.strip().removesuffix("%"))
    if percent is None:
        raise WrongCall(f"--growth {growth!r} is not a number", mend="write it like 20 or -5.5")
    if (product is None) != (price is None):
        raise WrongCall("--product and --price belong together", mend="give both, or neither")
    request = SimulationRequest(
        days=parse_period(f"{first}..{last}"),
        plan=plan,
        text=None if file is None else read_text(file),
        name=file or "",
        customers=customers,
        growth=percent,
    )
    with place.open() as workspace:
        if product is not None and price is not None:
            if file is not None:
                raise WrongCall("--catalog and --product are both given", mend="give one of them")
            text = workspace.repriced(product, read_json(price, "--price"))
            request = replace(request, text=text, name="--price")
        found = workspace.simulate(request)
    _put(found, form)
    for sentence in conditions(found, percent):
        narrate(sentence)
    if any(row.problem for row in found.rows):
        ctx.exit(PARTLY)


def _put(found: "Simulation", form: Format | None) -> None:
    from usagebill_tui.billing.simulating.words import summary

    rows = [customer_row(row) for row in found.rows]
    if chosen(form) == "table":
        failed = any(row.problem for row in found.rows)
        emit(rows, [*_CUSTOMERS, *([_PROBLEM] if failed else [])], form, empty="Nobody was billed by then.")
        for line in summary(found):
            narrate(line)
        return
    totals = [total_row(total) for total in found.totals]
    emit([*rows, *totals, *(bucket_row(bucket) for bucket in found.distribution)], _ALL, form)


def customer_row(row: "Compared") -> dict[str, Any]:
    """Return a customer's comparison as data."""
    return {
        "kind": "customer",
        "customer": row.customer,
        "currency": row.currency,
        "plan_before": row.plan_before or None,
        "plan_after": row.plan_after,
        "start": row.days and row.days.first,
        "end": row.days and row.days.after,
        "before": row.before,
        "after": row.after,
        "difference": row.difference,
        "percent": row.percent,
        "outcome": row.outcome,
        "problem": row.problem or None,
    }


def total_row(total: "Total") -> dict[str, Any]:
    """Return a currency's total as data; it has no customer."""
    return {
        "kind": "total",
        "customer": None,
        "currency": total.currency,
        "before": total.before,
        "after": total.after,
        "difference": total.difference,
        "percent": total.percent,
        "customers": total.less + total.more + total.same,
        "less": total.less,
        "more": total.more,
        "same": total.same,
        "unknown": total.unknown,
    }


def bucket_row(bucket: "Bucket") -> dict[str, Any]:
    """Return a bucket of the distribution as data; it has no customer."""
    return {
        "kind": "bucket",
        "customer": None,
        "currency": bucket.currency,
        "bucket": bucket.label,
        "customers": bucket.customers,
        "difference": bucket.difference,
    }
