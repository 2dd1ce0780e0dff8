"""JSON: exact numbers as text, times as RFC 3339."""

import msgspec

from usagebill_tui.billing.documents.table import Table
from usagebill_tui.domain.credit_note import CreditNote, credit_json
from usagebill_tui.domain.invoice import Invoice, invoice_json, written


def invoice_document(invoice: Invoice) -> bytes:
    """Return an invoice as `invoice_json` has it."""
    return _pretty(invoice_json(invoice))


def credit_note_document(note: CreditNote) -> bytes:
    """Return a credit note as `credit_json` has it."""
    return _pretty(credit_json(note))


def table_document(table: Table) -> bytes:
    """Return the rows of a table as an array of objects."""
    return _pretty([written(row) for row in table.rows])


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
