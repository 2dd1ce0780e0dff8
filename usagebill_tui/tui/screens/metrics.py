"""Metrics: what is measured."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.screens.archiving import ARCHIVE, ArchivingPage, marked
from usagebill_tui.tui.screens.metric import MetricPage
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace


class MetricsPage(ArchivingPage):
    """The list of metrics; each opens into its form with a live preview."""

    PAGE = "metrics"
    NOUN = "metric"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="metrics.new", keys="n", title="New metric", call="new", footer="new"),
        Action(id="metrics.open", keys="e", title="Edit the metric", call="open", footer="edit"),
        *ARCHIVE,
    )

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Listing(
            [
                Column(key="code", title="Code", sortable=True),
                Column(key="name", title="Name", sortable=True),
                Column(key="aggregation", title="Aggregation", sortable=True),
                Column(key="property", title="Property", priority=1),
                Column(key="event", title="Event", priority=2),
            ],
            _fetch,
            empty="No metrics yet. Press n to say what you measure.",
            noun="metrics",
            sort="code",
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def action_new(self) -> None:
        """Describe a new metric."""
        self.app.push_screen(MetricPage())

    def action_open(self) -> None:
        """Edit the metric under the cursor."""
        key = self.query_one(Listing).key
        if key is not None:
            self.app.push_screen(MetricPage(key))

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """Edit the metric that was opened."""
        self.app.push_screen(MetricPage(event.key))


def _fetch(workspace: "Workspace", asked: PageRequest) -> Found:
    catalogue = workspace.catalogue_around()
    metrics = (catalogue if asked.archived else catalogue.without_archived()).metrics.values()
    away = {key for noun, key in catalogue.archived if noun == "metric"}
    rows = [
        marked(Row(m.code, (m.code, m.name, m.aggregation, m.property or "", m.event_code)), away)
        for m in sorted(
            metrics, key=lambda m: str(getattr(m, asked.sort or "code")), reverse=asked.descending
        )
        if asked.text.lower() in f"{m.code} {m.name}".lower()
    ]
    return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(metrics))
