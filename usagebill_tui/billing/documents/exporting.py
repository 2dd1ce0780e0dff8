"""Exporting an invoice: the form is named by the file's ending."""

from collections.abc import Callable, Mapping
from pathlib import Path

from usagebill_tui.billing.documents import csv_text, json_text
from usagebill_tui.billing.documents.files import form_of, write_file
from usagebill_tui.config import Seller
from usagebill_tui.domain.customer import Customer
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.errors import WrongCall

Document = Callable[[Invoice, Customer, Seller], bytes]


def export_invoice(
    invoice: Invoice,
    customers: Mapping[str, Customer],
    path: Path,
    seller: Seller = Seller(),  # noqa: B008 - frozen
) -> None:
    """Write an invoice as `.pdf`, `.html`, `.json` or `.csv`, whole or not at all.

    Raises WrongCall for another ending or where PDF is not installed, StorageFailed where the file cannot
    be written, InvalidInput for a logo that is no picture.
    """
    document = form_of(path, FORMS)
    customer = customers.get(invoice.customer) or Customer(id=invoice.customer)
    write_file(path, document(invoice, customer, seller))


def _html(invoice: Invoice, customer: Customer, seller: Seller) -> bytes:
    from usagebill_tui.billing.documents.content import content_of
    from usagebill_tui.billing.documents.html_page import html_document
    from usagebill_tui.billing.documents.logo import read_logo

    return html_document(content_of(invoice, customer, seller), read_logo(seller))


def _pdf(invoice: Invoice, customer: Customer, seller: Seller) -> bytes:
    from usagebill_tui.billing.documents.content import content_of
    from usagebill_tui.billing.documents.logo import read_logo

    try:
        from usagebill_tui.billing.documents.pdf_page import pdf_document
    except ModuleNotFoundError as error:
        raise WrongCall(
            f"PDF needs {error.name}, which is not installed", mend="install usagebill_tui[pdf]"
        ) from error
    issued = invoice.issued or invoice.period.end.date()
    return pdf_document(content_of(invoice, customer, seller), issued, read_logo(seller))


FORMS: dict[str, Document] = {
    ".pdf": _pdf,
    ".html": _html,
    ".json": lambda invoice, _customer, _seller: json_text.invoice_document(invoice),
    ".csv": lambda invoice, _customer, _seller: csv_text.invoice_document(invoice),
}
"""Each ending with what makes the document."""
