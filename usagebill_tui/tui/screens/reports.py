"""Reports: usage and money by customer, metric and time; shown, drawn, written to files."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.screens.report_pane import ReportPane
from usagebill_tui.tui.screens.report_usage import UsageReport
from usagebill_tui.tui.widgets.keybar import ActionLine
from usagebill_tui.tui.widgets.listing import Listing
from usagebill_tui.tui.widgets.tabline import TabLine

_USAGE = "usage"
_ELSEWHERE = (
    Action(id="reports.simulate", keys="i", title="Simulate prices", call="app.open('simulate')",
           footer="simulate", help="Real past usage under other prices"),
    Action(id="reports.parity", keys="p", title="Compare with another system", call="app.open('parity')",
           footer="parity", help="Our invoices against a CSV file"),
    Action(id="reports.ledger", keys="a", title="Ledger", call="app.open('ledger')", footer="ledger",
           help="Accounts, their balances and entries"),
    Action(id="reports.credit_notes", keys="n", title="Credit notes", call="app.open('credit_notes')",
           footer="credit notes", help="What was taken off invoices"),
    Action(id="reports.adjustments", keys="d", title="Adjustments", call="app.open('adjustments')",
           footer="adjustments", help="What late events make of final invoices; settle them, one or all"),
    Action(id="reports.credits", keys="c", title="Prepaid credits", call="app.open('credits')",
           footer="credits", help="Of all customers; set them against invoices, book what expired"),
)  # fmt: skip


class ReportsPage(Page):
    """A tab for each report; what the command line reports is here in the same words."""

    PAGE = "reports"
    HELP_TEXT = "Each tab says what `usagebill report` says. h and l, or a click, show other reports."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="reports.filters", keys="e", title="Choose what is shown", call="filters", footer="filter",
               help="Customers, metrics, dates, steps of time, properties"),
        Action(id="reports.dates", keys="t", title="Take the next range of dates", call="dates",
               footer="dates", help="This month, last month, last 30 days, this year"),
        Action(id="reports.step", keys="b", title="Cut by the next step of time", call="step", footer="by"),
        Action(id="reports.chart", keys="v", title="Show or hide the chart", call="chart", footer="chart"),
        Action(id="reports.export", keys="x", title="Export to a file", call="export", footer="export",
               help=".csv, .json, .xlsx or .parquet"),
        Action(id="reports.next", keys="l", title="Show the next report", call="tab(1)"),
        Action(id="reports.previous", keys="h", title="Show the previous report", call="tab(-1)"),
        *_ELSEWHERE,
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._named = False

    def body(self) -> ComposeResult:
        """Yield a tab for each report; one is made when it is first shown."""
        yield TabLine({_USAGE: "Usage"}, _USAGE, "show_tab")
        yield ActionLine(_ELSEWHERE)
        with ContentSwitcher(initial=_USAGE, id="reports"):
            yield UsageReport(_USAGE)

    @property
    def pane(self) -> ReportPane:
        """Return the report in front."""
        return self.query_one(f"#{self.query_one(TabLine).current}", ReportPane)

    def load(self) -> None:
        """Ask for the report in front."""
        if not self._named:
            self.work(lambda _: _titles(), self._name_tabs, group="tabs")
        self.pane.load()

    def _name_tabs(self, titles: dict[str, str]) -> None:
        self._named = True
        self.query_one(TabLine).name_tabs({_USAGE: "Usage", **titles})

    def action_tab(self, by: int) -> None:
        """Show the report so many tabs on."""
        self.call_later(self.action_show_tab, self.query_one(TabLine).neighbour(by))

    async def action_show_tab(self, name: str) -> None:
        """Show a report, made now where it was not shown before."""
        switcher = self.query_one("#reports", ContentSwitcher)
        if not switcher.query(f"#{name}"):
            from usagebill_tui.billing.reports.known import report_named
            from usagebill_tui.tui.screens.report_table import TableReport

            await switcher.add_content(TableReport(report_named(name)))
        self.query_one(TabLine).show_tab(name)
        switcher.current = name
        self.pane.load()
        self.pane.query_one(Listing).focus()

    def action_filters(self) -> None:
        """Choose what is shown."""
        self.pane.edit()

    def action_dates(self) -> None:
        """Take the next range of dates."""
        self.pane.go_on()

    def action_step(self) -> None:
        """Cut by the next step of time."""
        self.pane.next_step()

    def action_chart(self) -> None:
        """Show or hide the chart."""
        self.pane.toggle_chart()

    def action_export(self) -> None:
        """Write the report in front to a file."""
        self.pane.export()


def _titles() -> dict[str, str]:
    """Return the names and titles of the reports that there are."""
    from usagebill_tui.billing.reports.known import REPORTS

    return {report.name: report.title for report in REPORTS}
