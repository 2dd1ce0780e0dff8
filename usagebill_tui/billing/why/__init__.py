"""Why is there no usage, or another charge than expected: from a file's lines to an invoice's."""

from usagebill_tui.billing.why.answering import events_behind, why
from usagebill_tui.billing.why.result import (
    Charged,
    Example,
    OnInvoice,
    Reason,
    Stage,
    StageName,
    Verdict,
    Why,
    WhyRequest,
)

__all__ = [
    "Charged",
    "Example",
    "OnInvoice",
    "Reason",
    "Stage",
    "StageName",
    "Verdict",
    "Why",
    "WhyRequest",
    "events_behind",
    "why",
]
