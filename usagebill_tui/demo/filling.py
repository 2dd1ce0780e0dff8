"""Filling the demo: the months of a small company, as they would have gone."""

from datetime import UTC, date, datetime
from pathlib import Path

from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.demo.events import UNTIL
from usagebill_tui.demo.samples import CATALOGUE, catalogue_text, event_sources, trace_source
from usagebill_tui.events.types import Options
from usagebill_tui.homes import DEMO
from usagebill_tui.workspace import Workspace

SIGNED = datetime(2023, 10, 1, 8, tzinfo=UTC)
FIRST_BILLED = datetime(2023, 11, 2, 8, tzinfo=UTC)
NOW = UNTIL

TRACE_REQUEST = ImportRequest(
    options=Options(map={"timestamp": "TIMESTAMP"}, set={"account": "parley", "metric": "model_request"})
)
"""What `--map timestamp=TIMESTAMP --set account=parley --set metric=model_request` says."""


class DemoClock:
    """Shows the demo's own time; `now` is put forward as the months go by."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the instant that counts as now."""
        return self.now


def fill(home: Path) -> None:
    """Fill the workspace `demo` of a home, which must be new: two months used, billed and partly paid."""
    clock = DemoClock(SIGNED)
    with Workspace.open(DEMO, home=home, clock=clock, who=DEMO) as workspace:
        workspace.apply_catalogue_text(catalogue_text(), CATALOGUE)
        october, november = event_sources(FIRST_BILLED)
        clock.now = FIRST_BILLED
        workspace.import_events([october])
        workspace.bill("2023-10", finalize=True)
        _receive_payments(workspace)
        clock.now = NOW
        workspace.import_events([november])
        workspace.import_events([trace_source()], TRACE_REQUEST)
        workspace.bill("2023-11")


def _receive_payments(workspace: Workspace) -> None:
    """Pay one invoice of October whole and one in part; the others stay open."""
    by_customer = {invoice.customer: invoice for invoice in workspace.invoices()}
    whole, part = by_customer["kestrel"], by_customer["parley"]
    workspace.pay(str(whole.number), whole.total, day=date(2023, 11, 14), reference="bank transfer 20231114")
    workspace.pay(str(part.number), "250.00", day=date(2023, 11, 20), reference="first instalment")
