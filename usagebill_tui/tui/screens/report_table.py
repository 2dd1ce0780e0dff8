"""Any report that is a table: its columns, rows and sums, without code of its own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from usagebill_tui.billing.documents.table import Kind, Table
from usagebill_tui.billing.words import money
from usagebill_tui.domain.invoice import written
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens.report_filters import OF_FILTER, told
from usagebill_tui.tui.screens.report_pane import ReportPane
from usagebill_tui.tui.widgets.listing import Column, Found, Row
from usagebill_tui.tui.widgets.trend import Bar, TrendChart

if TYPE_CHECKING:
    from usagebill_tui.billing.reports.known import Report
    from usagebill_tui.billing.reports.request import ReportRequest
    from usagebill_tui.workspace import Workspace

_MATTERS = frozenset({"customer", "gross", "total", "difference", "events"})
_SUMMED = ("gross", "net", "tax", "total", "overpaid", "difference")
_AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90")
_FIRST_COLUMNS = 8


class TableReport(ReportPane):
    """Shows one of the reports that there are."""

    def __init__(self, report: "Report") -> None:
        super().__init__(report.name)
        self._report = report
        self._table = Table(columns=report.columns, rows=())
        self.NAME = report.title
        self.FIELDS = [
            field for name, fields in OF_FILTER.items() if name in report.filters for field in fields
        ]
        self.STEPS = ("month", "quarter", "year") if "by" in report.filters else ()
        self.empty = report.empty

    def columns(self) -> Sequence[Column]:
        """Return the table's columns; the first and the main figures stay on a small screen."""
        from usagebill_tui.billing.reports.known import title_of

        return [
            Column(
                key=key,
                title=title_of(key),
                right=kind in {"number", "count"},
                sortable=True,
                priority=0 if place == 0 or key in _MATTERS else 1 if place < _FIRST_COLUMNS else 2,
            )
            for place, (key, kind) in enumerate(self._report.columns.items())
        ]

    def request(self) -> "ReportRequest":
        """Return what is asked for as the workspace takes it."""
        from usagebill_tui.billing.reports.request import ReportRequest

        asked = self.asked
        return ReportRequest(
            customers=tuple(asked.get("customers", ())),
            first=asked["first"].isoformat() if asked.get("first") else None,
            last=asked["last"].isoformat() if asked.get("last") else None,
            by=asked.get("by", "month"),
            at=datetime.combine(asked["at"], time(), UTC) if asked.get("at") else None,
        )

    def load(self) -> None:
        """Ask for the report."""
        request, name = self.request(), self._report.name
        self.begin(lambda workspace: workspace.report(name, request), self._show_table)

    def _show_table(self, table: Table) -> None:
        self._table = table
        self.found(sums(table))

    def told(self) -> str:
        """Say what is shown, and what is asked for."""
        dated = "range" in self._report.filters
        asked = told(self.asked, no_dates=self._report.undated if dated else "")
        return f"{self._report.help} · {asked}"

    def fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        """Return rows of what was found last."""
        numbered = list(enumerate(self._table.rows))
        key = asked.sort
        if key is not None:
            numbered.sort(key=lambda one: _order(one[1].get(key)), reverse=asked.descending)
        if asked.text:
            text = asked.text.lower()
            numbered = [one for one in numbered if text in _all_words(one[1]).lower()]
        page = numbered[asked.offset : asked.offset + asked.limit]
        rows = [_row(number, row, self._table.columns) for number, row in page]
        return PageFound(rows, len(numbered), len(self._table.rows))

    def write(self, workspace: "Workspace", path: Path) -> int:
        """Write the report as the command line does."""
        return workspace.write_report(self._report.name, self.request(), path)

    def draw(self, chart: TrendChart) -> bool:
        """Draw money by period, or by age."""
        drawn = _bars(self._table)
        if drawn is None:
            chart.display = False
            return False
        title, bars, currency = drawn
        chart.show_bars(title, bars, currency=currency)
        return True

    def toggle_chart(self) -> None:
        """Show the chart where the report has one."""
        if _bars(self._table) is None:
            self.app.notify("There is nothing to draw here")
        else:
            super().toggle_chart()


def _row(number: int, row: Mapping[str, Any], columns: Mapping[str, Kind]) -> Row:
    return Row(str(number), tuple(_cell(row.get(key), kind) for key, kind in columns.items()))


def _cell(value: Any, kind: Kind) -> Text:
    return cell(words(value), right=kind in {"number", "count"}, longest=200 if kind == "text" else 60)


def words(value: Any) -> str:
    """Write a value of a table as the command line prints it."""
    told_as = written(value)
    if told_as is None:
        return "–"
    if isinstance(told_as, dict):
        return ", ".join(f"{key}={'–' if one is None else one}" for key, one in told_as.items())
    return str(told_as)


def _all_words(row: Mapping[str, Any]) -> str:
    return " ".join(words(value) for value in row.values())


def _order(value: Any) -> tuple[bool, Any]:
    return value is not None, words(value) if isinstance(value, Mapping) else value or 0


def sums(table: Table) -> str:
    """Add up the money of a table by currency: `Gross $1,005.35 · Net $900.65 · Tax $104.70`."""
    from usagebill_tui.billing.reports.known import title_of

    found: dict[str, dict[str, Decimal]] = {}
    with exact_arithmetic():
        for row in table.rows:
            for key in _SUMMED:
                if key in table.columns and row.get(key) is not None and "currency" in row:
                    of = found.setdefault(row["currency"], {})
                    of[key] = of.get(key, Decimal(0)) + row[key]
    parts = [
        f"{title_of(key)} {money(total, currency)}"
        for currency, of in sorted(found.items())
        for key, total in of.items()
    ]
    return plain(" · ".join(parts), 400)


def _bars(table: Table) -> tuple[str, list[Bar], str] | None:
    """Return title, bars and currency of what can be drawn of a table, in its most frequent currency."""
    from usagebill_tui.billing.reports.known import title_of

    currencies = [row["currency"] for row in table.rows if row.get("currency")]
    if not currencies or not {"period", "not_due"} & {*table.columns}:
        return None
    currency = max(sorted(set(currencies)), key=currencies.count)
    rows = [row for row in table.rows if row["currency"] == currency]
    with exact_arithmetic():
        if "period" in table.columns:
            periods = sorted({row["period"] for row in rows})
            bars = [
                Bar(one, sum((r["gross"] for r in rows if r["period"] == one), Decimal(0))) for one in periods
            ]
            return f"Revenue, {currency}", bars, currency
        bars = [Bar(title_of(age), sum((row[age] for row in rows), Decimal(0))) for age in _AGES]
    return f"Receivables, {currency}", bars, currency
