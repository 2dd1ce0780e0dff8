"""A customer's usage: what each product comes to in a period, beside the period before, and its trend."""

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row
from usagebill_tui.tui.widgets.trend import Bar, TrendChart
from usagebill_tui.tui.work import Guarded

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.comparing import ComparedLine, Comparison
    from usagebill_tui.billing.usage.trending import Trend
    from usagebill_tui.domain.usage import Usage
    from usagebill_tui.workspace import Workspace

_UNPRICED = "usage"
"""The key of a row of usage that no plan prices begins so."""
_SHORT, _LONGEST = 16, 48


class UsageTab(Guarded, Vertical):
    """The charges of one period of each subscription; `back` counts the periods back from the current one."""

    def __init__(self, customer: str) -> None:
        super().__init__(id="usage")
        self._customer = customer
        self._found: list[Comparison] = []
        self._unpriced: list[Usage] = []
        self._began = False
        self.back = 0

    def compose(self) -> ComposeResult:
        """Lay out the period, its lines, and the trend of the one under the cursor."""
        yield Static("", id="usage-period")
        yield Listing(
            [
                Column(key="product", title="Product"),
                Column(key="units", title="Usage", right=True),
                Column(key="more", title="than before", priority=2),
                Column(key="charge", title="Charge", right=True),
                Column(key="before", title="Before", right=True, priority=2),
                Column(key="change", title="Change", priority=1),
            ],
            self._fetch,
            empty="Nothing used. Press a on Subscriptions to put this customer on a plan.",
            noun="lines",
            id="usage-lines",
        )
        yield TrendChart(id="usage-trend")

    @property
    def _narrow(self) -> bool:
        return self.screen.has_class("-narrow")

    def load(self) -> None:
        """Ask for the period that is shown."""
        customer, back = self._customer, self.back
        self.work(lambda workspace: _asked(workspace, customer, back), self._show_period, group="period")

    def go_back(self, by: int) -> None:
        """Show a period so many periods earlier; a later one for a negative number."""
        if by > 0 and all(one.before is None for one in self._found):
            self.app.notify("There is no earlier period", title="Usage")
        elif self.back + by < 0:
            self.app.notify("This is the newest period", title="Usage")
        else:
            self.back += by
            self.load()

    def _show_period(self, found: "tuple[list[Comparison], list[Usage]]") -> None:
        from usagebill_tui.tui.screens.customer_lines import period_text

        self._found, self._unpriced = found
        self.query_one("#usage-period", Static).update(
            period_text(self._found, self.back, short=self._narrow)
        )
        self.query_one(Listing).load()

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.tui.screens.customer_lines import line_row, total_row, unpriced_row

        several, longest = len(self._found) > 1, _SHORT if self._narrow else _LONGEST
        rows = [
            line_row(f"{n}:{m}", one, line, named=several, longest=longest)
            for n, one in enumerate(self._found)
            for m, line in enumerate(one.lines)
        ]
        rows += [
            unpriced_row(f"{_UNPRICED}:{n}", one, longest=longest) for n, one in enumerate(self._unpriced)
        ]
        rows += [
            total_row(f"total:{n}", one, named=several, longest=longest) for n, one in enumerate(self._found)
        ]
        held = [row for row in rows if asked.text.lower() in _first_text(row).lower()]
        return PageFound(held[asked.offset : asked.offset + asked.limit], len(held), len(rows))

    def chosen(self) -> "tuple[Comparison, ComparedLine] | None":
        """Return the line under the cursor and its period; None on a total."""
        return self.line_of(self.query_one(Listing).key)

    def line_of(self, key: str | None) -> "tuple[Comparison, ComparedLine] | None":
        """Return the line of a row."""
        period, _, line = (key or "").partition(":")
        if not period.isdigit() or int(period) >= len(self._found):
            return None
        one = self._found[int(period)]
        return (one, one.lines[int(line)]) if int(line) < len(one.lines) else None

    def metric(self) -> str | None:
        """Return the metric under the cursor."""
        place = self.query_one(Listing).key or ""
        if place.startswith(_UNPRICED):
            return self._unpriced[int(place.partition(":")[2])].metric
        chosen = self.chosen()
        return None if chosen is None else chosen[1].line.metric

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Draw the trend of the line under the cursor; begin on a line that has one."""
        event.stop()
        chosen = self.line_of(event.key)
        if chosen is not None and not self._began:
            self._began = True
            metered = [n for n, line in enumerate(chosen[0].lines) if line.line.kind == "usage"]
            if metered and chosen[1].line.kind != "usage":
                event.listing.go_to(metered[0])
                return
        if chosen is None:
            self._draw(None, None)
        else:
            one, line = chosen
            self.work(
                lambda workspace: workspace.trend(one, line),
                lambda found: self._draw(one, found),
                group="trend",
            )

    def _draw(self, one: "Comparison | None", found: "Trend | None") -> None:
        chart = self.query_one(TrendChart)
        if one is None or found is None:
            chart.show_bars("Trend", (), empty="on the lines with usage")
        else:
            title = f"{found.metric.name or found.metric.code} by {found.by}"
            chart.show_bars(title, _bars(one, found), unit=found.metric.unit or "")

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Show the arithmetic of a line, and its events."""
        event.stop()
        chosen = self.line_of(event.key)
        if chosen is not None:
            from usagebill_tui.tui.screens.customer_line import LinePage

            self.app.push_screen(LinePage(*chosen))
        else:
            event.listing.show_record()


def _asked(workspace: "Workspace", customer: str, back: int) -> "tuple[list[Comparison], list[Usage]]":
    """Return a customer's periods; where it is on no plan, what it used this month instead."""
    from usagebill_tui.billing.usage.answering import UsageRequest
    from usagebill_tui.domain.zones import local_day, zone

    found = workspace.compare(customer, back)
    if found or back:
        return found, []
    entry = workspace.browse.customer(customer)
    today = local_day(workspace.now(), zone(entry.customer.timezone))
    request = UsageRequest(customers=(customer,), first=today.replace(day=1).isoformat())
    return [], [row for row in workspace.usage(request) if row.events or row.left_out]


def _bars(one: "Comparison", found: "Trend") -> list[Bar]:
    from usagebill_tui.billing.words import day
    from usagebill_tui.domain.zones import local_day, zone

    zone_ = zone(found.timezone)
    bars = []
    for row in found.usage:
        first = local_day(row.start, zone_)
        bars.append(Bar(day(first).rpartition(" ")[0], row.units, inside=first in one.days))
    return bars


def _first_text(row: Row) -> str:
    first = row.cells[0]
    return first.plain if isinstance(first, Text) else plain(first)
