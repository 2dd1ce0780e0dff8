"""What every report on the screen is: what is asked for, a chart, a list of rows, and their sums."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from usagebill_tui.tui.dialogs.export_file import ask_file
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.report_filters import next_range, with_range
from usagebill_tui.tui.widgets.listing import Column, Found, Listing
from usagebill_tui.tui.widgets.trend import TrendChart
from usagebill_tui.tui.work import Guarded

if TYPE_CHECKING:
    from usagebill_tui.domain.paging import PageRequest
    from usagebill_tui.workspace import Workspace


class ReportPane(Guarded, Vertical):
    """One report: a subclass says what it asks and how its rows are written; `load` asks again."""

    NAME: str
    FIELDS: Sequence[Field]
    STEPS: tuple[str | None, ...] = ()
    """What the key for the next step goes through; None adds up the whole time."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name, classes="report")
        self.asked: dict[str, Any] = {}

    def compose(self) -> ComposeResult:
        """Lay out what is asked for, chart, rows and sums."""
        yield Static("", classes="report-asked")
        chart = TrendChart()
        chart.display = False
        yield chart
        yield Listing(self.columns(), self.fetch, empty=self.empty, noun="rows", id=f"{self.id}-rows")
        yield Static("", classes="report-sums")

    # For subclasses

    empty: str = "No rows."

    def columns(self) -> Sequence[Column]:
        """Return the columns of the list."""
        raise NotImplementedError

    def fetch(self, workspace: "Workspace", asked: "PageRequest") -> Found:
        """Return rows of what was found last."""
        raise NotImplementedError

    def load(self) -> None:
        """Ask the workspace."""
        raise NotImplementedError

    def told(self) -> str:
        """Say what is asked for."""
        raise NotImplementedError

    def write(self, workspace: "Workspace", path: Path) -> int:
        """Write the report to a file, and return how many rows."""
        raise NotImplementedError

    def draw(self, chart: TrendChart) -> bool:
        """Draw what was found; tell whether there is something to draw."""
        raise NotImplementedError

    # The rest

    def begin(self, what: "Callable[[Workspace], Any]", then: Callable[[Any], object]) -> None:
        """Say what is asked for, ask it, and hand the answer on."""
        self.query_one(".report-asked", Static).update(content(f"… {self.told()}"))
        self.work(what, then, group="report")

    def found(self, sums: str) -> None:
        """Show what was found, with its sums (lines of safe text)."""
        self.query_one(".report-asked", Static).update(content(self.told()))
        line = self.query_one(".report-sums", Static)
        line.update(Content(sums))
        line.display = bool(sums)
        self.query_one(Listing).load()
        self.draw(self.query_one(TrendChart))

    def ask(self, values: Mapping[str, Any]) -> None:
        """Ask for something else."""
        self.asked = dict(values)
        self.load()

    def edit(self) -> None:
        """Let the user say what is asked for."""
        self._with_today(self._open_filters)

    def _open_filters(self, today: date) -> None:
        from usagebill_tui.tui.dialogs.report_filters import FilterDialog

        def answered(values: dict[str, Any] | None) -> None:
            if values is not None:
                self.ask(values)

        self.app.push_screen(FilterDialog(f"Report: {self.NAME}", self.FIELDS, self.asked, today), answered)

    def go_on(self) -> None:
        """Take the next ready-made range of dates."""
        if any(field.key == "first" for field in self.FIELDS):
            self._with_today(
                lambda today: self.ask(with_range(self.asked, next_range(self.asked, today), today))
            )
        else:
            self.app.notify("This report takes no range of dates")

    def next_step(self) -> None:
        """Add up by the next longer stretch of time."""
        if not self.STEPS:
            self.app.notify("This report is not cut by time")
            return
        now = self.asked.get("by")
        place = self.STEPS.index(now) if now in self.STEPS else 0
        rest = {key: value for key, value in self.asked.items() if key != "by"}
        step = self.STEPS[(place + 1) % len(self.STEPS)]
        self.ask(rest if step is None else {**rest, "by": step})

    def toggle_chart(self) -> None:
        """Show the chart, or hide it."""
        chart = self.query_one(TrendChart)
        chart.display = not chart.display and self.draw(chart)

    def export(self) -> None:
        """Write the report to a file."""
        from usagebill_tui.billing.usage.reporting import FORMS

        def answered(path: str | None) -> None:
            if path is not None:
                file = Path(path).expanduser()
                self.work(
                    lambda workspace: self.write(workspace, file),
                    lambda rows: self.app.notify(
                        plain(f"wrote {rows:,} rows to {file}"), title="Report", markup=False
                    ),
                    group="export",
                )

        self.app.push_screen(ask_file(f"Export: {self.NAME}", f"{self.NAME.lower()}.csv", FORMS), answered)

    def _with_today(self, then: Callable[[date], object]) -> None:
        self.work(lambda workspace: workspace.browse.today(), then, group="today")
