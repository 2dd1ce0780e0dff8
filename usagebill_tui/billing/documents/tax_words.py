"""The tax of an invoice or a credit note in words: one row for each rate."""

from collections.abc import Iterator
from decimal import Decimal

from usagebill_tui.billing.words import money
from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.quantity import plain
from usagebill_tui.domain.tax import TaxRow


def tax_rows(of: Invoice | CreditNote) -> Iterator[tuple[str, Decimal]]:
    """Yield what each tax is called, with its rate and what it is on, and the tax.

    A rate of 0 is told like the others: it says why nothing is added.
    """
    if not of.taxes:
        rates = sorted({line.tax_percent for line in of.lines} or {Decimal(0)})
        yield f"Tax {' / '.join(f'{plain(rate)}%' for rate in rates)}", of.tax
    for row in of.taxes:
        yield _words(row, of.currency), row.tax


def _words(row: TaxRow, currency: str) -> str:
    corrected = f" (adjusts {row.adjusts})" if row.adjusts else ""
    return f"{row.name or row.code} {plain(row.percent)}% on {money(row.taxable, currency)}{corrected}"
