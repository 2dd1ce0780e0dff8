"""The report of adjustments as a file of rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from usagebill_tui.billing.adjustments.adjusting import Row, proposals, rows
from usagebill_tui.billing.documents.files import form_of
from usagebill_tui.billing.documents.table import Kind, Table
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.agreed import Definitions
from usagebill_tui.billing.usage.reporting import FORMS, write_table
from usagebill_tui.domain.quantity import normalized

COLUMNS: dict[str, Kind] = {
    "invoice": "text",
    "customer": "text",
    "line": "count",
    "kind": "text",
    "product": "text",
    "metric": "text",
    "group": "text",
    "start": "instant",
    "end": "instant",
    "currency": "text",
    "units_before": "number",
    "units_after": "number",
    "amount_before": "number",
    "amount_after": "number",
    "difference": "number",
    "reason": "text",
}


def report_adjustments(
    house: House, path: Path, customers: Sequence[str] = (), definitions: Definitions = "today"
) -> int:
    """Write the report as `.csv`, `.json`, `.xlsx` or `.parquet`; return how many rows.

    Raises WrongCall for another ending, NotFound for an unknown customer, StorageFailed where the file
    cannot be written.
    """
    form_of(path, FORMS)
    found = [row_of(row) for row in rows(proposals(house, customers, definitions))]
    write_table(Table(columns=COLUMNS, rows=found), path)
    return len(found)


def row_of(row: Row) -> dict[str, Any]:
    """Return a row of the report by its columns."""
    told: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS if name not in {"start", "end"}}
    for name in ("units_before", "units_after"):
        told[name] = None if told[name] is None else normalized(told[name])
    told["group"] = None if row.group is None else dict(row.group)
    return {name: told.get(name) for name in COLUMNS} | {"start": row.period.start, "end": row.period.end}
