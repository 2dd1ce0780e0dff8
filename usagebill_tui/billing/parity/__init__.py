"""Parity: our invoices against another system's amounts, and the likely cause of each difference."""

from usagebill_tui.billing.parity.comparing import Parity, ParityRequest, by_cause, compare_with
from usagebill_tui.billing.parity.difference import CAUSES, Cause, Difference
from usagebill_tui.billing.parity.statement import Stated, read_statement

__all__ = [
    "CAUSES",
    "Cause",
    "Difference",
    "Parity",
    "ParityRequest",
    "Stated",
    "by_cause",
    "compare_with",
    "read_statement",
]
