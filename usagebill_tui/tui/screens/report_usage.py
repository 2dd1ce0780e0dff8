"""The report of usage: by customer and metric, over time and by property; the chart follows the cursor."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from textual import on

from usagebill_tui.billing.words import units
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.domain.usage import Usage
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.screens.report_filters import USAGE, told
from usagebill_tui.tui.screens.report_pane import ReportPane
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row
from usagebill_tui.tui.widgets.trend import Bar, TrendChart

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.answering import UsageRequest
    from usagebill_tui.domain.metric import Metric
    from usagebill_tui.workspace import Workspace

_ADDS_UP = frozenset({"count", "sum"})
_SORTS: Mapping[str, Any] = {
    "customer": lambda one: one.customer,
    "metric": lambda one: one.metric,
    "start": lambda one: one.start,
    "units": lambda one: (one.units is not None, one.units or Decimal(0)),
    "events": lambda one: one.events,
}
_MOST_SUMS = 6


class _Answer(NamedTuple):
    """What was found, the metrics it is of, and the customers' time zones."""

    usage: Sequence[Usage]
    metrics: "Mapping[str, Metric]"
    zones: Mapping[str, str]


class UsageReport(ReportPane):
    """Says what `usagebill report usage` says."""

    NAME = "Usage"
    FIELDS = USAGE
    STEPS = (None, "day", "week", "month", "hour")
    empty = "No usage in this time. Press t for other dates, or e to choose what is shown."

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._answer = _Answer((), {}, {})

    def columns(self) -> Sequence[Column]:
        """Return the columns of `usagebill usage`."""
        return [
            Column(key="customer", title="Customer", sortable=True),
            Column(key="metric", title="Metric", sortable=True),
            Column(key="start", title="Start", sortable=True, priority=1),
            Column(key="end", title="End", priority=2),
            Column(key="units", title="Units", right=True, sortable=True),
            Column(key="events", title="Events", right=True, sortable=True, priority=2),
            Column(key="left_out", title="Left out", right=True, priority=2),
            Column(key="group", title="Group", priority=1),
        ]

    def request(self) -> "UsageRequest":
        """Return what is asked for as the workspace takes it."""
        from usagebill_tui.billing.usage.answering import UsageRequest

        asked = self.asked
        return UsageRequest(
            customers=tuple(asked.get("customers", ())),
            metrics=tuple(asked.get("metrics", ())),
            first=asked["first"].isoformat() if asked.get("first") else None,
            last=asked["last"].isoformat() if asked.get("last") else None,
            by=asked.get("by"),
            group_by=tuple(asked.get("group_by", ())),
        )

    def load(self) -> None:
        """Ask for the usage."""
        request = self.request()

        def answer(workspace: "Workspace") -> _Answer:
            found = workspace.usage(request)
            catalogue = workspace.catalogue()
            zones = {name: catalogue.customers[name].timezone for name in {one.customer for one in found}}
            return _Answer(found, catalogue.metrics, zones)

        self.begin(answer, self._show_answer)

    def _show_answer(self, answer: _Answer) -> None:
        self._answer = answer
        self.found(_sums(answer))

    def told(self) -> str:
        """Say what is asked for."""
        return told({"metrics": (), **self.asked}, no_dates="each customer's current period")

    def fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        """Return rows of what was found last."""
        numbered = list(enumerate(self._answer.usage))
        order = _SORTS.get(asked.sort or "")
        if order is not None:
            numbered.sort(key=lambda one: order(one[1]), reverse=asked.descending)
        if asked.text:
            text = asked.text.lower()
            numbered = [one for one in numbered if text in " ".join(_words(one[1])).lower()]
        page = numbered[asked.offset : asked.offset + asked.limit]
        return PageFound([_row(n, one) for n, one in page], len(numbered), len(self._answer.usage))

    def write(self, workspace: "Workspace", path: Path) -> int:
        """Write the report as the command line does."""
        return workspace.report_usage(self.request(), path)

    # Chart

    @on(Listing.Moved)
    def _moved(self, _event: Listing.Moved) -> None:
        chart = self.query_one(TrendChart)
        if chart.display:
            self.draw(chart)

    def toggle_chart(self) -> None:
        """Show the chart over days, where no step is chosen yet."""
        if "by" not in self.asked and not self.query_one(TrendChart).display:
            self.query_one(TrendChart).display = True
            self.ask({**self.asked, "by": "day"})
        else:
            super().toggle_chart()

    def draw(self, chart: TrendChart) -> bool:
        """Draw the usage of the customer, metric and group under the cursor."""
        key = self.query_one(Listing).key
        usage = self._answer.usage
        if key is None or not usage:
            return False
        one = usage[min(int(key), len(usage) - 1)]
        same = [each for each in usage if _series(each) == _series(one)]
        metric = self._answer.metrics.get(one.metric)
        group = f" {_group(one)}" if one.group is not None else ""
        title = plain(f"{one.metric} of {one.customer}{group}", 60)
        bars = [Bar(self._label(each), each.units) for each in same]
        chart.show_bars(title, bars, unit="" if metric is None else metric.unit or "")
        return True

    def _label(self, one: Usage) -> str:
        from usagebill_tui.domain.zones import zone

        local = one.start.astimezone(zone(self._answer.zones.get(one.customer, "UTC")))
        match self.asked.get("by"):
            case "hour":
                return f"{local.day} {local:%b %H:00}"
            case "month":
                return f"{local:%b %Y}"
        return f"{local.day} {local:%b}"


def _series(one: Usage) -> tuple[str, str, str]:
    return one.customer, one.metric, _group(one)


def _group(one: Usage) -> str:
    if one.group is None:
        return ""
    return ", ".join(f"{key}={'–' if value is None else value}" for key, value in one.group.items())


def _words(one: Usage) -> tuple[str, ...]:
    """Return what the columns say."""
    value = f"! {one.failure}" if one.failure is not None else units(one.units)
    times = (rfc3339(one.start), rfc3339(one.end))
    return (one.customer, one.metric, *times, value, f"{one.events:,}", f"{one.left_out:,}", _group(one))


def _row(number: int, one: Usage) -> Row:
    customer, metric, start, end, value, events, left_out, group = _words(one)
    names = (cell(customer, longest=30), cell(metric, longest=30))
    figures = (cell(value, right=True, longest=60), events, left_out)
    return Row(str(number), (*names, start, end, *figures, cell(group, longest=60)))


def _sums(answer: _Answer) -> str:
    """Add up the metrics whose usage adds up over customers, time and groups."""
    sums: dict[str, Decimal] = {}
    others: dict[str, None] = {}
    with exact_arithmetic():
        for one in answer.usage:
            metric = answer.metrics.get(one.metric)
            adds = metric is not None and metric.aggregation in _ADDS_UP and not metric.recurring
            if adds and one.units is not None:
                sums[one.metric] = sums.get(one.metric, Decimal(0)) + one.units
            elif not adds:
                others[one.metric] = None
    parts = [f"{name} {units(total)}" for name, total in sums.items()]
    more = f" · {len(parts) - _MOST_SUMS} more" if len(parts) > _MOST_SUMS else ""
    text = f"Σ {' · '.join(parts[:_MOST_SUMS])}{more}" if parts else ""
    verb = "do" if len(others) > 1 else "does"
    left = f"{plain(', '.join(others), 160)} {verb} not add up" if others else ""
    return "\n".join(part for part in (plain(text, 300), left) if part)
