"""A table as a spreadsheet (.xlsx): texts never become formulas, numbers never lose a digit."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from usagebill_tui.billing.documents.table import Table, plain_cell
from usagebill_tui.domain.quantity import normalized
from usagebill_tui.errors import InvalidInput

EXACT_DIGITS = 15
"""A double gives back every number of so many digits, and spreadsheets keep no more."""
MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767
_FIRST_YEAR = 1901
_MEND = "write .csv, .json or .parquet"
_SAME_EVERY_TIME = {"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)}


def xlsx_document(table: Table) -> bytes:
    """Return a table as a sheet; InvalidInput where it has more rows or longer texts than a sheet takes.

    Numbers of more than 15 digits are texts; instants are dates in UTC, texts where they have microseconds.
    """
    if len(table.rows) > MOST_ROWS:
        raise InvalidInput(f"{len(table.rows):,} rows do not fit a sheet", mend=_MEND)
    output = BytesIO()
    book = Workbook(output, {"in_memory": True})
    book.set_properties(_SAME_EVERY_TIME)
    sheet = book.add_worksheet()
    bold, date = book.add_format({"bold": True}), book.add_format({"num_format": 'yyyy-mm-dd hh:mm:ss" UTC"'})
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name, bold)
    for place, row in enumerate(table.rows, 1):
        _write_row(sheet, place, table, row, date)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(table.columns) - 1), 24)
    book.close()
    return output.getvalue()


def _write_row(sheet: Worksheet, place: int, table: Table, row: Mapping[str, Any], date: Format) -> None:
    for column, name in enumerate(table.columns):
        value = row.get(name)
        match value:
            case None:
                continue
            case int() | Decimal() if _fits(Decimal(value)):
                # `float` is the nearest double, from which the number can be read back digit by digit.
                sheet.write_number(place, column, float(value))
            case datetime() if _shows(value):
                sheet.write_datetime(place, column, value.astimezone(UTC).replace(tzinfo=None), date)
            case _:
                _write_text(sheet, place, column, str(plain_cell(value)))


def _write_text(sheet: Worksheet, place: int, column: int, text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise InvalidInput(f"a text of {len(text):,} characters does not fit a cell", mend=_MEND)
    sheet.write_string(place, column, text)


def _fits(value: Decimal) -> bool:
    return len(normalized(value).as_tuple().digits) <= EXACT_DIGITS


def _shows(value: datetime) -> bool:
    return value.microsecond == 0 and value.year >= _FIRST_YEAR
