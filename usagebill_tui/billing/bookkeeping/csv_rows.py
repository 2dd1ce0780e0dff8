"""The ledger as CSV: a row for each posting."""

from collections.abc import Iterator, Mapping
from typing import Any

from usagebill_tui.billing.bookkeeping.book import Book
from usagebill_tui.billing.documents.csv_text import table_document
from usagebill_tui.billing.documents.table import Kind, Table

COLUMNS: Mapping[str, Kind] = {
    "date": "text",
    "entry": "count",
    "account": "text",
    "customer": "text",
    "currency": "text",
    "amount": "number",
    "reference": "text",
    "kind": "text",
    "invoice": "text",
    "product": "text",
    "memo": "text",
}


def csv_document(book: Book) -> str:
    """Return the postings by date and entry; debits are positive, credits negative."""
    return table_document(Table(columns=COLUMNS, rows=list(_rows(book)))).decode()


def _rows(book: Book) -> Iterator[dict[str, Any]]:
    for entry in book.entries:
        for leg in entry.legs:
            yield {
                "date": entry.day,
                "entry": entry.id,
                "account": leg.account,
                "customer": entry.customer,
                "currency": entry.currency,
                "amount": leg.amount,
                "reference": entry.reference,
                "kind": entry.kind,
                "invoice": entry.number,
                "product": leg.product,
                "memo": book.memos.get(entry.reference),
            }
