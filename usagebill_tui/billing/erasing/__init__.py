"""Erasing: a customer's personal data goes for good, invoices and sums stay."""

from usagebill_tui.billing.erasing.choosing import Choice, Erasure
from usagebill_tui.billing.erasing.erasure import Erased, erase

__all__ = ["Choice", "Erased", "Erasure", "erase"]
