"""`usagebill report`: figures as a file of rows, or printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.cli.adjustments import definitions_option, report_rows
from usagebill_tui.cli.context import Place, instant_option, narrate, pass_place
from usagebill_tui.cli.output import Format, format_option
from usagebill_tui.cli.usage import usage, usage_options
from usagebill_tui.errors import WrongCall

Command = Callable[..., Any]


def _customers(what: str) -> Callable[[Command], Command]:
    return click.option(
        "--customer", "customers", multiple=True, metavar="ID", help=f"Only this customer's {what}."
    )


def _written(command: Command) -> Command:
    """Where a report goes: into a file, whose ending names its form, or printed in one."""
    out = click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file ending in .csv, .json, .xlsx or .parquet (default: print).",
    )
    return out(format_option(command))


@click.group()
def report() -> None:
    """Write reports."""


@report.command(name="adjustments")
@_customers("invoices")
@definitions_option("today")
@_written
@pass_place
def adjustments_report(
    place: Place, customers: tuple[str, ...], definitions: str, out: Path | None, form: Format | None
) -> None:
    """Report what final invoices would come to now: late events, undone batches, new definitions."""
    report_rows(place, customers, definitions, out, form)


@report.command(name="revenue")
@_customers("invoices")
@click.option("--from", "first", metavar="DATE", help="Only what starts on this date or later.")
@click.option("--to", "last", metavar="DATE", help="Only what starts before this date.")
@click.option(
    "--by",
    type=click.Choice(["month", "quarter", "year"]),
    default="month",
    show_default=True,
    help="Add up by these.",
)
@_written
@pass_place
def revenue_report(place: Place, /, out: Path | None, form: Format | None, **chosen: Any) -> None:
    """Report what final invoices charge, by period, customer, product and currency."""
    from usagebill_tui.billing.reports.request import ReportRequest
    from usagebill_tui.cli.report_tables import put_report

    put_report(place, "revenue", ReportRequest(**chosen), out, form)


@report.command(name="receivables")
@_customers("invoices")
@click.option("--at", metavar="DATE", help="As it stood on this day (UTC; default: today).")
@_written
@pass_place
def receivables_report(
    place: Place, customers: tuple[str, ...], at: str | None, out: Path | None, form: Format | None
) -> None:
    """Report what customers still owe, by how many days it has been due."""
    from usagebill_tui.billing.reports.request import ReportRequest
    from usagebill_tui.cli.report_tables import put_report

    put_report(place, "receivables", ReportRequest(customers=customers, at=instant_option(at)), out, form)


@report.command(name="anomalies")
@_customers("usage")
@click.option("--from", "first", metavar="DATE", help="From this date on (default: 31 days).")
@click.option("--to", "last", metavar="DATE", help="Up to, not including, this date (default: today).")
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="NAME=NUMBER",
    help="times=3, spreads=6, floor=10, weeks=8, weekdays=4, history=7, values=50, seen=20, duplicates=100 "
    "or duplicate_percent=10 (these are the defaults).",
)
@_written
@pass_place
def anomalies_report(place: Place, /, out: Path | None, form: Format | None, **chosen: Any) -> None:
    """Report what is unusual: spikes, drops to zero, new values, duplicates, cancelled customers."""
    from usagebill_tui.billing.reports.request import ReportRequest
    from usagebill_tui.cli.report_tables import put_report

    put_report(place, "anomalies", ReportRequest(**chosen), out, form)


@report.command(name="unbilled")
@_customers("events")
@click.option("--from", "first", metavar="DATE", help="From this date or instant.")
@click.option("--to", "last", metavar="DATE", help="Up to, not including, this date or instant.")
@_written
@pass_place
def unbilled_report(place: Place, /, out: Path | None, form: Format | None, **chosen: Any) -> None:
    """Report usage that nobody is charged for: unknown accounts and metrics, no subscription, no product."""
    from usagebill_tui.cli.unbilled import report_unbilled

    report_unbilled(place, out, form, chosen)


@report.command(name="usage")
@usage_options
@_written
@pass_place
@click.pass_context
def usage_report(
    ctx: click.Context, place: Place, /, out: Path | None, form: Format | None, at: str | None, **chosen: Any
) -> None:
    """Report usage; without dates, of each customer's current period."""
    if out is None:
        ctx.invoke(usage, form=form, at=at, **chosen)
        return
    if form is not None:
        raise WrongCall("--format and --out together", mend="the ending of the file names its form")
    request = UsageRequest(at=instant_option(at), **chosen)
    with place.open() as workspace:
        rows = workspace.report_usage(request, out)
    narrate(f"wrote {rows:,} rows to {out}")
