"""The reports that there are: command line and interface read this list, so that both have them all."""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from usagebill_tui.billing.adjustments import adjustment_report
from usagebill_tui.billing.adjustments.adjusting import proposals, rows
from usagebill_tui.billing.anomalies import AnomalyRequest, anomalies, read_thresholds
from usagebill_tui.billing.anomalies.anomaly import COLUMNS as ANOMALY_COLUMNS
from usagebill_tui.billing.anomalies.anomaly import anomaly_table
from usagebill_tui.billing.documents.table import Kind, Table
from usagebill_tui.billing.house import House
from usagebill_tui.billing.reports import receivables, revenue
from usagebill_tui.billing.reports.request import ReportRequest
from usagebill_tui.billing.usage import unbilled

Filter = Literal["customers", "range", "by", "at"]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report: its name, what its tab is called, a sentence on it, what it can be asked for, what it makes.

    `empty` is said where it has no rows, `undated` where no dates are asked for.
    """

    name: str
    title: str
    help: str
    filters: frozenset[Filter]
    columns: Mapping[str, Kind]
    empty: str
    undated: str = "all time"
    table: Callable[[House, ReportRequest], Table]


def _unbilled(house: House, request: ReportRequest) -> Table:
    asked = unbilled.UnbilledRequest(customers=request.customers, first=request.first, last=request.last)
    return unbilled.unbilled_table(unbilled.unbilled(house, asked))


def _adjustments(house: House, request: ReportRequest) -> Table:
    found = [adjustment_report.row_of(row) for row in rows(proposals(house, request.customers))]
    return Table(columns=adjustment_report.COLUMNS, rows=found)


def _anomalies(house: House, request: ReportRequest) -> Table:
    asked = AnomalyRequest(
        customers=request.customers,
        first=request.first,
        last=request.last,
        thresholds=read_thresholds(request.thresholds),
    )
    return anomaly_table(anomalies(house, asked))


REPORTS: tuple[Report, ...] = (
    Report(
        name="revenue",
        title="Revenue",
        help="What final invoices charge, less discounts and credit notes, by the period of each line",
        filters=frozenset({"customers", "range", "by"}),
        columns=revenue.COLUMNS,
        empty="No revenue: no invoice is final yet.",
        table=revenue.revenue,
    ),
    Report(
        name="receivables",
        title="Receivables",
        help="What customers still owe, by how many days it has been due",
        filters=frozenset({"customers", "at"}),
        columns=receivables.COLUMNS,
        empty="Nobody owes anything.",
        table=receivables.receivables,
    ),
    Report(
        name="unbilled",
        title="Unbilled",
        help="Usage that nobody is charged for, with the reason and the mend",
        filters=frozenset({"customers", "range"}),
        columns=unbilled.COLUMNS,
        empty="No unbilled usage.",
        table=_unbilled,
    ),
    Report(
        name="anomalies",
        title="Anomalies",
        help="What is unusual: spikes, drops to zero, new values, duplicates, cancelled customers",
        filters=frozenset({"customers", "range"}),
        columns=ANOMALY_COLUMNS,
        empty="Nothing unusual.",
        undated="the last 31 days",
        table=_anomalies,
    ),
    Report(
        name="adjustments",
        title="Adjustments",
        help="What final invoices would come to now: late events, undone batches, new definitions",
        filters=frozenset({"customers"}),
        columns=adjustment_report.COLUMNS,
        empty="Nothing to adjust: every final invoice would come out as it is.",
        table=_adjustments,
    ),
)


TITLES: Mapping[str, str] = {
    "days_1_30": "1–30 days",
    "days_31_60": "31–60 days",
    "days_61_90": "61–90 days",
    "over_90": "Over 90 days",
}
"""What columns are called where their key alone does not say it."""


def title_of(column: str) -> str:
    """Return what a column is called over a table."""
    return TITLES.get(column) or column.replace("_", " ").capitalize()


def report_named(name: str) -> Report:
    """Return a report by its name."""
    return next(one for one in REPORTS if one.name == name)
