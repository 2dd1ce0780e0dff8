"""What is unusual, and what is asked for."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from usagebill_tui.billing.anomalies.thresholds import Thresholds
from usagebill_tui.billing.documents.table import Kind, Table

AnomalyKind = Literal[
    "spike", "drop to zero", "new property value", "usage after cancellation", "burst of duplicates"
]

COLUMNS: dict[str, Kind] = {
    "customer": "text",
    "metric": "text",
    "day": "text",
    "kind": "text",
    "seen": "number",
    "usual_from": "number",
    "usual_to": "number",
    "reason": "text",
}


class AnomalyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which days to look at: empty means all customers, and the last 31 whole days.

    `first` and `last` are dates or instants as text, in each customer's zone, `last` exclusive. Days that
    have not ended are never looked at.
    """

    customers: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    thresholds: Thresholds = Thresholds()


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """Something unusual: whose, of which metric (or code of events), on which day, and why.

    `seen` are the day's units; of a property value, a cancelled customer or a batch, events. `usual_from` and
    `usual_to` are what would not have been unusual, None where there is nothing to compare with. A batch has
    no customer and no metric; its day is the one (UTC) on which it was imported.
    """

    customer: str | None
    metric: str | None
    day: date
    kind: AnomalyKind
    seen: Decimal
    usual_from: Decimal | None = None
    usual_to: Decimal | None = None
    reason: str


def place(one: Anomaly) -> tuple[bool, str, str, date, str, str]:
    """Return what anomalies are ordered by: customer, metric, day, kind; batches last."""
    return one.customer is None, one.customer or "", one.metric or "", one.day, one.kind, one.reason


def anomaly_table(found: Sequence[Anomaly]) -> Table:
    """Return them as rows."""
    return Table(columns=COLUMNS, rows=[row_of(one) for one in found])


def row_of(one: Anomaly) -> dict[str, Any]:
    """Return a row as data."""
    return {**{name: getattr(one, name) for name in COLUMNS}, "day": one.day.isoformat()}
