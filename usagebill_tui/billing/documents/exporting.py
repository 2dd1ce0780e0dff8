"""Exporting an invoice: the form is named by the file's ending."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from usagebill_tui.billing.documents import csv_text, json_text
from usagebill_tui.billing.documents.files import form_of, write_file
from usagebill_tui.config import Seller
from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import WrongCall

if TYPE_CHECKING:
    from usagebill_tui.billing.documents.content import Content

Document = Callable[[Invoice, Customer, Seller], bytes]


def export_invoice(
    invoice: Invoice,
    customers: Mapping[str, Customer],
    path: Path,
    seller: Seller = Seller(),  # noqa: B008 - frozen
    *,
    steps: bool = True,
) -> None:
    """Write an invoice as `.pdf`, `.html`, `.json` or `.csv`, whole or not at all.

    Pages may leave out how each line's amount came about (`steps`); data never does. Raises WrongCall for
    another ending or where PDF is not installed, StorageFailed where the file cannot be written,
    InvalidInput for a logo that is no picture.
    """
    document = form_of(path, FORMS)
    if not steps and document in {_pdf, _html}:
        bare = tuple(msgspec.structs.replace(line, steps=()) for line in invoice.lines)
        invoice = msgspec.structs.replace(invoice, lines=bare)
    customer = customers.get(invoice.customer) or Customer(id=invoice.customer)
    write_file(path, document(invoice, customer, seller))


def export_credit_note(
    note: CreditNote,
    invoice: Invoice | None,
    customers: Mapping[str, Customer],
    path: Path,
    seller: Seller = Seller(),  # noqa: B008 - frozen
) -> None:
    """Write a credit note as `.pdf`, `.html`, `.json` or `.csv`, as `export_invoice` writes an invoice."""
    ending = form_of(path, {form: form for form in FORMS})
    customer = customers.get(note.customer) or Customer(id=note.customer)
    if ending == ".json":
        write_file(path, json_text.credit_note_document(note))
    elif ending == ".csv":
        write_file(path, csv_text.credit_note_document(note))
    else:
        from usagebill_tui.billing.documents.content import content_of_note

        content = content_of_note(note, invoice, customer, seller)
        page = _html_of(content, seller) if ending == ".html" else _pdf_of(content, note.issued, seller)
        write_file(path, page)


def _html(invoice: Invoice, customer: Customer, seller: Seller) -> bytes:
    from usagebill_tui.billing.documents.content import content_of

    return _html_of(content_of(invoice, customer, seller), seller)


def _html_of(content: "Content", seller: Seller) -> bytes:
    from usagebill_tui.billing.documents.html_page import html_document
    from usagebill_tui.billing.documents.logo import read_logo

    return html_document(content, read_logo(seller))


def _pdf(invoice: Invoice, customer: Customer, seller: Seller) -> bytes:
    from usagebill_tui.billing.documents.content import content_of

    issued = invoice.issued or invoice.period.end.date()
    return _pdf_of(content_of(invoice, customer, seller), issued, seller)


def _pdf_of(content: "Content", issued: date, seller: Seller) -> bytes:
    from usagebill_tui.billing.documents.logo import read_logo

    try:
        from usagebill_tui.billing.documents.pdf_page import pdf_document
    except ModuleNotFoundError as error:
        raise WrongCall(
            f"PDF needs {error.name}, which is not installed", mend="install usagebill_tui[pdf]"
        ) from error
    return pdf_document(content, issued, read_logo(seller))


FORMS: dict[str, Document] = {
    ".pdf": _pdf,
    ".html": _html,
    ".json": lambda invoice, _customer, _seller: json_text.invoice_document(invoice),
    ".csv": lambda invoice, _customer, _seller: csv_text.invoice_document(invoice),
}
"""Each ending with what makes the document."""
