"""Reports that are tables, printed or written to a file."""

from pathlib import Path

from usagebill_tui.billing.documents.table import Table
from usagebill_tui.billing.reports.known import report_named, title_of
from usagebill_tui.billing.reports.request import ReportRequest
from usagebill_tui.cli.context import Place, narrate
from usagebill_tui.cli.output import Column, Format, emit
from usagebill_tui.errors import WrongCall


def put_report(
    place: Place, name: str, request: ReportRequest, out: Path | None, form: Format | None
) -> None:
    """Print or write a report."""
    if out is not None and form is not None:
        raise WrongCall("--format and --out together", mend="the ending of the file names its form")
    with place.open() as workspace:
        if out is not None:
            rows = workspace.write_report(name, request, out)
            narrate(f"wrote {rows:,} rows to {out}")
            return
        table = workspace.report(name, request)
    emit(table.rows, columns_of(table), form, empty=report_named(name).empty)


def columns_of(table: Table) -> list[Column]:
    """Return the columns of a table, titled by their keys, numbers to the right."""
    return [
        Column(key, title_of(key), right=kind in {"number", "count"}) for key, kind in table.columns.items()
    ]
