"""Usage, and reports on usage and money."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from usagebill_tui.workspace.base import Opened

if TYPE_CHECKING:
    from usagebill_tui.billing import overview
    from usagebill_tui.billing.anomalies import Anomaly, AnomalyRequest
    from usagebill_tui.billing.documents.table import Table
    from usagebill_tui.billing.reports.request import ReportRequest
    from usagebill_tui.billing.usage.answering import UsageRequest
    from usagebill_tui.billing.usage.unbilled import Unbilled, UnbilledRequest
    from usagebill_tui.domain.usage import Usage


class Reports(Opened):
    """Usage, and reports on usage and money."""

    def usage(self, request: "UsageRequest | None" = None) -> "list[Usage]":
        """Return usage by customer, metric, start and group."""
        from usagebill_tui.billing.usage import answering as usage_use_case
        from usagebill_tui.billing.usage.answering import UsageRequest

        return usage_use_case.usage(self._house, request or UsageRequest())

    def report_usage(self, request: "UsageRequest", path: str | Path) -> int:
        """Write usage to a file ending in .csv, .json, .xlsx or .parquet; return how many rows."""
        from usagebill_tui.billing.usage import reporting

        return reporting.report_usage(self._house, request, Path(path))

    def report(self, name: str, request: "ReportRequest | None" = None) -> "Table":
        """Return a report by its name (`billing.reports.known` lists them) as rows under named columns.

        Thresholds of anomalies are those of the request before those of `config.toml`.
        """
        from usagebill_tui.billing.reports.known import report_named
        from usagebill_tui.billing.reports.request import ReportRequest
        from usagebill_tui.config import anomaly_thresholds

        asked = request or ReportRequest()
        if name == "anomalies":
            asked = msgspec.structs.replace(asked, thresholds=(*anomaly_thresholds(), *asked.thresholds))
        return report_named(name).table(self._house, asked)

    def write_report(self, name: str, request: "ReportRequest", path: str | Path) -> int:
        """Write a report to a file ending in .csv, .json, .xlsx or .parquet; return how many rows."""
        from usagebill_tui.billing.documents.files import form_of
        from usagebill_tui.billing.usage import reporting

        form_of(Path(path), reporting.FORMS)
        table = self.report(name, request)
        reporting.write_table(table, Path(path))
        return len(table.rows)

    def unbilled(self, request: "UnbilledRequest | None" = None) -> "list[Unbilled]":
        """Return the usage that nobody is charged for, by account, metric code and first event."""
        from usagebill_tui.billing.usage.unbilled import UnbilledRequest, unbilled

        return unbilled(self._house, request or UnbilledRequest())

    def unbilled_events(self) -> "overview.UnbilledEvents":
        """Count the usage that nobody is charged for, by reason."""
        from usagebill_tui.billing import overview

        return overview.unbilled_events(self._house)

    def report_unbilled(self, request: "UnbilledRequest", path: str | Path) -> int:
        """Write it to a file ending in .csv, .json, .xlsx or .parquet; return how many rows."""
        from usagebill_tui.billing.usage.unbilled import report_unbilled

        return report_unbilled(self._house, request, Path(path))

    def anomalies(self, request: "AnomalyRequest | None" = None) -> "list[Anomaly]":
        """Return what is unusual in usage, by customer, metric and day."""
        from usagebill_tui.billing.anomalies import AnomalyRequest, anomalies

        return anomalies(self._house, request or AnomalyRequest())

    def standing(self) -> "overview.Standing":
        """Return what there is, what is owed and what waits, by currency."""
        from usagebill_tui.billing import overview

        return overview.how_it_stands(self._house)

    def expected(self) -> "overview.Expected":
        """Add up the estimates of all active subscriptions."""
        from usagebill_tui.billing import overview

        return overview.expected(self._house)
