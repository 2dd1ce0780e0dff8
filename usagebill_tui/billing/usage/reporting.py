"""Reports: what was used, as a file of rows for a spreadsheet or another program."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from usagebill_tui.billing.documents import csv_text, json_text
from usagebill_tui.billing.documents.files import form_of, write_file
from usagebill_tui.billing.documents.table import Kind, Table, plain_cell
from usagebill_tui.billing.house import House
from usagebill_tui.billing.usage.answering import UsageRequest, usage
from usagebill_tui.domain.quantity import FRACTION_DIGITS, LIMIT, normalized
from usagebill_tui.domain.usage import Usage
from usagebill_tui.domain.zones import to_micros
from usagebill_tui.errors import InvalidInput, WrongCall

_USAGE: dict[str, Kind] = {
    "customer": "text",
    "metric": "text",
    "start": "instant",
    "end": "instant",
    "units": "number",
    "events": "count",
    "left_out": "count",
}


def report_usage(house: House, request: UsageRequest, path: Path) -> int:
    """Write usage as `.csv`, `.json`, `.xlsx` or `.parquet`, whole or not at all; return how many rows.

    Raises WrongCall for another ending, NotFound for unknown names, StorageFailed where the file cannot be
    written.
    """
    form_of(path, FORMS)
    found = usage(house, request)
    _check_told(found)
    write_table(usage_table(found), path)
    return len(found)


def _check_told(found: Sequence[Usage]) -> None:
    """Refuse to write a figure that is missing as if there were no usage."""
    for one in found:
        if one.failure is not None:
            raise InvalidInput(one.failure, where=f"usage of {one.metric} by {one.customer}")


def usage_table(found: Sequence[Usage]) -> Table:
    """Return usage as rows; a column `group` only where it is grouped."""
    grouped = any(row.group is not None for row in found)
    columns: dict[str, Kind] = {**_USAGE, "group": "text"} if grouped else _USAGE
    return Table(columns=columns, rows=[_row(one) for one in found])


def write_table(table: Table, path: Path) -> None:
    """Write a table to a file in the form that the file's ending names."""
    document = form_of(path, FORMS)
    write_file(path, document(table))


def _row(one: Usage) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(one, name) for name in _USAGE}
    if one.units is not None:
        row["units"] = normalized(one.units)
    if one.group is not None:
        row["group"] = dict(one.group)
    return row


def _xlsx(table: Table) -> bytes:
    try:
        from usagebill_tui.billing.documents.xlsx_sheet import xlsx_document
    except ModuleNotFoundError as error:
        raise WrongCall(
            f"XLSX needs {error.name}, which is not installed", mend="install usagebill_tui[xlsx]"
        ) from error
    return xlsx_document(table)


def _parquet(table: Table) -> bytes:
    from usagebill_tui.eventstore.parquet.tables import parquet_bytes

    return parquet_bytes(table.columns, _staged(table))


def _staged(table: Table) -> Iterator[Mapping[str, str | int | None]]:
    for row in table.rows:
        yield {name: _parquet_cell(row.get(name)) for name in table.columns}


def _parquet_cell(value: object) -> str | int | None:
    if isinstance(value, datetime):
        return to_micros(value)
    if isinstance(value, Decimal) and (
        abs(value) >= LIMIT or int(value.as_tuple().exponent) < -FRACTION_DIGITS
    ):
        raise InvalidInput(f"{value} has more digits than Parquet keeps", mend="write .csv, .json or .xlsx")
    return plain_cell(value)


FORMS: dict[str, Callable[[Table], bytes]] = {
    ".csv": csv_text.table_document,
    ".json": json_text.table_document,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
"""Each ending with what makes the file."""
