"""`usagebill report unbilled`: usage that nobody is charged for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from usagebill_tui.billing.usage.unbilled import UnbilledRequest, row_of
from usagebill_tui.cli.context import Place, narrate
from usagebill_tui.cli.output import Column, Format, emit
from usagebill_tui.errors import WrongCall

_COLUMNS = [
    Column("account", "Account"),
    Column("customer", "Customer"),
    Column("metric", "Metric"),
    Column("reason", "Reason"),
    Column("events", "Events", right=True),
    Column("first", "First"),
    Column("last", "Last"),
    Column("usage", "Usage"),
    Column("mend", "Mend"),
]


def report_unbilled(place: Place, out: Path | None, form: Format | None, asked: Mapping[str, Any]) -> None:
    """Print or write the report."""
    if out is not None and form is not None:
        raise WrongCall("--format and --out together", mend="the ending of the file names its form")
    request = UnbilledRequest(**asked)
    with place.open() as workspace:
        if out is not None:
            rows = workspace.report_unbilled(request, out)
            narrate(f"wrote {rows:,} rows to {out}")
            return
        found = workspace.unbilled(request)
    emit([row_of(one) for one in found], _COLUMNS, form, empty="No unbilled usage.")
