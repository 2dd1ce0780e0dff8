"""What was set against an invoice in words: credit notes, prepaid credits, balances."""

from collections.abc import Iterator
from decimal import Decimal

from usagebill_tui.billing.documents.printable import printable
from usagebill_tui.domain.invoice import Applied, Invoice


def credit_rows(invoice: Invoice) -> Iterator[tuple[str, Decimal]]:
    """Yield what each is called, and its amount as it changes what is due."""
    if invoice.credited:
        yield "Credits" if not invoice.applied else "Credit notes", -invoice.credited
    for one in invoice.applied:
        yield _words(one), -one.amount


def _words(one: Applied) -> str:
    match one.kind:
        case "prepaid":
            return printable(f"{one.name} ({one.reference})" if one.name else f"Prepaid {one.reference}")
        case "balance":
            return f"Balance of {one.reference}"
    return f"Set against {one.reference}"
