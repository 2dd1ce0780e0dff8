"""What the demo shows: a month's usage, what the running period comes to, the invoices."""

import msgspec

from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.demo.filling import NOW, DemoClock
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.usage import Usage
from usagebill_tui.homes import DEMO, Home
from usagebill_tui.workspace import Workspace

SHOWN_MONTH = ("2023-11-01", "2023-12-01")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Usage of the shown month, estimates as of the demo's now, and all invoices.

    `events` count; `duplicates` came once more and do not.
    """

    catalogue: Catalogue
    events: int
    duplicates: int
    usage: list[Usage]
    estimates: list[Invoice]
    invoices: list[Invoice]


def look(home: Home) -> Shown:
    """Return what the demo of a home has to show."""
    first, last = SHOWN_MONTH
    with Workspace.open(DEMO, home=home.path, clock=DemoClock(), who=DEMO) as workspace:
        batches = workspace.batches()
        return Shown(
            catalogue=workspace.catalogue(),
            events=sum(batch.counts.accepted for batch in batches),
            duplicates=sum(batch.counts.duplicates for batch in batches),
            usage=workspace.usage(UsageRequest(first=first, last=last)),
            estimates=workspace.estimate(at=NOW),
            invoices=workspace.invoices(),
        )
