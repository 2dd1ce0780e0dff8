"""CSV: the exact texts, and nothing added to them; missing values are empty."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from usagebill_tui.billing.documents.table import Kind, Table, plain_cell
from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.invoice import Invoice

_COLUMNS: dict[str, Kind] = {
    "invoice": "text",
    "customer": "text",
    "line": "count",
    "kind": "text",
    "product": "text",
    "metric": "text",
    "group": "text",
    "description": "text",
    "period_start": "instant",
    "period_end": "instant",
    "units": "number",
    "amount": "number",
    "tax_percent": "number",
    "currency": "text",
}


_NOTE_COLUMNS: dict[str, Kind] = {
    "credit_note": "text",
    "invoice": "text",
    "customer": "text",
    "issued": "text",
    "line": "count",
    "kind": "text",
    "product": "text",
    "description": "text",
    "amount": "number",
    "tax_percent": "number",
    "currency": "text",
}


def table_document(table: Table) -> bytes:
    """Return a table with a header row."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([plain_cell(row.get(column)) for column in table.columns])
    return output.getvalue().encode()


def invoice_document(invoice: Invoice) -> bytes:
    """Return an invoice as a row for each line, the discount and the tax, which add up to its total."""
    return table_document(Table(columns=_COLUMNS, rows=list(_rows(invoice))))


def credit_note_document(note: CreditNote) -> bytes:
    """Return a credit note as a row for each line and each rate of tax, which add up to its total."""
    return table_document(Table(columns=_NOTE_COLUMNS, rows=list(_note_rows(note))))


def _note_rows(note: CreditNote) -> Iterator[dict[str, Any]]:
    common = {
        "credit_note": note.number,
        "invoice": note.invoice,
        "customer": note.customer,
        "issued": note.issued,
        "currency": note.currency,
    }
    for line in note.lines:
        yield {
            **common,
            "line": line.line,
            "kind": "line",
            "product": line.product,
            "description": line.description,
            "amount": line.amount,
            "tax_percent": line.tax_percent,
        }
    for row in note.taxes:
        told = {"description": row.name or row.code, "amount": row.tax, "tax_percent": row.percent}
        yield {**common, **told, "kind": "tax"}
    if note.tax and not note.taxes:
        yield {**common, "kind": "tax", "description": "Tax", "amount": note.tax}


def _rows(invoice: Invoice) -> Iterator[dict[str, Any]]:
    common = {
        "invoice": invoice.number or invoice.id,
        "customer": invoice.customer,
        "currency": invoice.currency,
    }
    for number, line in enumerate(invoice.lines, 1):
        yield {
            **common,
            "line": number,
            "kind": line.kind,
            "product": line.product,
            "metric": line.metric,
            "group": line.group,
            "description": line.description,
            "period_start": line.period.start,
            "period_end": line.period.end,
            "units": line.units,
            "amount": line.amount,
            "tax_percent": line.tax_percent,
        }
    period = {"period_start": invoice.period.start, "period_end": invoice.period.end}
    if invoice.discount:
        yield {
            **common,
            **period,
            "kind": "discount",
            "description": "Discount",
            "amount": -invoice.discount,
        }
    for row in invoice.taxes:
        yield {
            **common,
            **period,
            "kind": "tax",
            "description": row.name or row.code,
            "amount": row.tax,
            "tax_percent": row.percent,
        }
    if invoice.tax and not invoice.taxes:
        yield {**common, **period, "kind": "tax", "description": "Tax", "amount": invoice.tax}
