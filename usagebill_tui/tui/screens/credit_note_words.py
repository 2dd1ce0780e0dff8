"""How credit notes are written."""

from typing import TYPE_CHECKING

from usagebill_tui.billing.words import money

if TYPE_CHECKING:
    from usagebill_tui.domain.credit_note import CreditNote


def parts_words(note: "CreditNote") -> str:
    """Say what a credit note takes off, and how much of it is tax."""
    off, tax = money(-note.total, note.currency), money(-note.tax, note.currency)
    return f"{off} off ({money(-note.subtotal, note.currency)} and {tax} tax)"
