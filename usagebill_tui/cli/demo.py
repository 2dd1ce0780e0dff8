"""`usagebill demo`: sample customers and a real trace, billed, in a workspace of their own."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import click

from usagebill_tui.cli.context import Place, narrate, pass_place
from usagebill_tui.cli.output import Column, encoded, put, table_text
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice, Span, invoice_json, written
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.homes import DEMO

if TYPE_CHECKING:
    from usagebill_tui.demo.looking import Shown

EXPLAINED = "parley"
"""The customer whose invoice shows the most: tiers, packages, a discount, tax."""

_USAGE = [
    Column("name", "Customer"),
    Column("metric", "Metric"),
    Column("units", "Usage", right=True),
    Column("events", "Events", right=True),
]
_ESTIMATES = [
    Column("name", "Customer"),
    Column("plan", "Plan"),
    Column("period", "Period"),
    Column("total", "So far", right=True),
]
_INVOICES = [
    Column("number", "Number"),
    Column("name", "Customer"),
    Column("period", "Period"),
    Column("status", "Status"),
    Column("total", "Total", right=True),
    Column("amount_due", "Due", right=True),
    Column("due", "Due on"),
]


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    help="Print a report to read, or one JSON object (default without a terminal: the report).",
)
@pass_place
def demo(place: Place, form: Literal["table", "json"] | None) -> None:
    """Fill the workspace `demo` with samples, bill it, and open the interface on it.

    Running it again starts clean. It touches no other workspace, nor a workspace `demo` of your own.
    """
    from usagebill_tui.demo.looking import look
    from usagebill_tui.demo.making import make_demo

    home = place.all()
    make_demo(home)
    if form is None and _opened(place):
        return
    shown = look(home)
    if form == "json":
        put(encoded(data_of(shown), pretty=True) + "\n")
    else:
        put("\n".join(_report(shown)))
    for line in _narration(shown, _command(place)):
        narrate(line)


def _opened(place: Place) -> bool:
    """Open the interface on the demo, where there is a terminal; tell whether there was one."""
    from usagebill_tui.tui.running import on_terminal, run_interface

    if not on_terminal():
        return False
    run_interface(place.all(), DEMO, place.extensions())
    return True


def data_of(shown: "Shown") -> dict[str, Any]:
    """Return what the demo shows, in the rows of `usage`, `estimate` and `invoices`."""
    from usagebill_tui.cli.usage import row_of

    return {
        "usage": written([row_of(row) for row in shown.usage]),
        "estimates": [invoice_json(one) for one in shown.estimates],
        "invoices": [invoice_json(one) for one in shown.invoices],
    }


def _report(shown: "Shown") -> Iterator[str]:
    """Yield the parts of the report, each with its headline."""
    from usagebill_tui.billing.documents.invoice_text import invoice_text

    yield _part("Usage in November 2023, each customer by its own clock", _usage_rows(shown), _USAGE)
    running = _part("Estimated charges of the period that is running", _estimate_rows(shown), _ESTIMATES)
    yield f"{running}As of 5 December 2023, 09:00 UTC, each customer's whole fee included.\n"
    yield _part("Invoices for October and November 2023", _invoice_rows(shown), _INVOICES)
    yield f"One of them, and how each amount came about\n\n{invoice_text(explained(shown.invoices))}"


def explained(invoices: Iterable[Invoice]) -> Invoice:
    """Return the invoice that is shown whole: November's for the customer who has the most on it."""
    return [invoice for invoice in invoices if invoice.customer == EXPLAINED][-1]


def _part(title: str, rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> str:
    return f"{title}\n\n{table_text(rows, columns)}"


def _usage_rows(shown: "Shown") -> list[dict[str, Any]]:
    from usagebill_tui.billing.words import units

    rows = []
    before = None
    for row in shown.usage:
        if not row.events:
            continue
        name = "" if row.customer == before else _name(shown.catalogue, row.customer)
        metric = shown.catalogue.metrics[row.metric].name
        rows.append({"name": name, "metric": metric, "units": units(row.units), "events": f"{row.events:,}"})
        before = row.customer
    return rows


def _estimate_rows(shown: "Shown") -> list[dict[str, Any]]:
    from usagebill_tui.billing.words import money

    return [
        {
            "name": _name(shown.catalogue, one.customer),
            "plan": _plan(shown.catalogue, one),
            "period": _days(one.period, shown.catalogue, one.customer),
            "total": money(one.total, one.currency),
        }
        for one in shown.estimates
    ]


def _invoice_rows(shown: "Shown") -> list[dict[str, Any]]:
    from usagebill_tui.billing.words import money

    return [
        {
            "number": one.number,
            "name": _name(shown.catalogue, one.customer),
            "period": _days(one.period, shown.catalogue, one.customer),
            "status": one.status,
            "total": money(one.total, one.currency),
            "amount_due": money(one.amount_due, one.currency),
            "due": None if one.due is None else f"{one.due:%b} {one.due.day}",
        }
        for one in shown.invoices
    ]


def _days(period: Span, catalogue: Catalogue, customer: str) -> str:
    """Write a period by its first and last day where the customer is: `Oct 20 – Nov 19`."""
    there = zone(catalogue.customers[customer].timezone)
    first = local_day(period.start, there)
    last = local_day(period.end - timedelta(microseconds=1), there)
    return f"{first:%b} {first.day} – {last:%b} {last.day}"


def _name(catalogue: Catalogue, customer: str) -> str:
    return catalogue.customers[customer].name


def _plan(catalogue: Catalogue, one: Invoice) -> str:
    return catalogue.plans[catalogue.subscriptions[one.subscription].plan].name


def _command(place: Place) -> str:
    """Return how the demo's workspace is named on this command line."""
    home = "" if place.home is None else f"--home {shlex.quote(place.home)} "
    return f"usagebill {home}--workspace {DEMO}"


def _narration(shown: "Shown", command: str) -> Iterator[str]:
    one = explained(shown.invoices)
    yield ""
    yield (
        f"The workspace {DEMO} holds {len(shown.catalogue.customers)} customers, "
        f"{shown.events:,} events and {len(shown.invoices)} invoices;"
    )
    yield f"{shown.duplicates} events were delivered twice and count once."
    yield "Running the demo again starts clean; other workspaces are never touched. Try next:"
    yield f"  {command} explain {one.id} --format table"
    yield f"  {command} usage --customer {EXPLAINED} --from 2023-11-01 --to 2023-12-01 --by week"
    yield f"  {command} estimate --at 2023-12-05T09:00Z --format table"
    yield f"  {command} invoice finalize {one.id}"
    yield f"  {command} catalog export"
