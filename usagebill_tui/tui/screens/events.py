"""Events: what happened, how it came in, and what could not be read."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import ContentSwitcher, Static

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.screens import batches, event_words, rejects
from usagebill_tui.tui.screens.event_actions import GOING, IMPORT, OF_TAB, TABS, WATCH
from usagebill_tui.tui.screens.event_batches import BatchActions
from usagebill_tui.tui.screens.page import COMMON
from usagebill_tui.tui.widgets.listing import Found, Listing
from usagebill_tui.tui.widgets.tabline import TabLine

if TYPE_CHECKING:
    from usagebill_tui.billing.usage.event_pages import EventSearch
    from usagebill_tui.eventstore.browsing import Line
    from usagebill_tui.workspace import Workspace


class EventsPage(BatchActions):
    """Three lists: events, the batches that brought them, and the rows that could not be read."""

    PAGE = "events"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        IMPORT,
        WATCH,
        *GOING,
        *(a for of in OF_TAB.values() for a in of),
    )
    HELP_TEXT = (
        "Enter opens a row. / filters by account or metric (batches: by file or author, rejects: by text); "
        "f finds events by customer, time and id."
    )

    def __init__(self) -> None:
        super().__init__()
        self.search: EventSearch | None = None
        self._lines: dict[str, Line] = {}

    def body(self) -> ComposeResult:
        """Yield the tabs, what is searched for, and the lists."""
        yield TabLine(TABS, "events", "show_tab")
        yield Static("", id="events-search")
        with ContentSwitcher(initial="events"):
            yield Listing(
                event_words.COLUMNS,
                self._fetch_events,
                empty="No events yet. Press i to import event files.",
                noun="events",
                sort="timestamp",
                descending=True,
                id="events",
            )
            yield Listing(
                batches.COLUMNS,
                batches.fetch_batches,
                empty=batches.EMPTY,
                noun="batches",
                sort="id",
                descending=True,
                id="batches",
            )
            yield Listing(
                rejects.COLUMNS, self._fetch_rejects, empty=rejects.EMPTY, noun="rejected rows", id="rejects"
            )

    @property
    def tab(self) -> str:
        """Return the name of the tab in front."""
        return self.query_one(TabLine).current

    @property
    def listing(self) -> Listing:
        """Return the list in front."""
        return self.query_one(f"#{self.tab}", Listing)

    def load(self) -> None:
        """Load the list in front."""
        self.listing.load()

    def footer_actions(self) -> tuple[Action, ...]:
        """Return what can be done in the tab in front."""
        tab = self.tab if self.is_mounted and self.query(TabLine) else "events"
        return (*COMMON, IMPORT, *OF_TAB[tab])

    # Going about

    def action_tab(self, by: int) -> None:
        """Show a neighbouring list."""
        self.action_show_tab(self.query_one(TabLine).neighbour(by))

    def action_show_tab(self, name: str) -> None:
        """Show another list."""
        self.query_one(TabLine).show_tab(name)
        self.query_one(ContentSwitcher).current = name
        self._say_search()
        self.query_one("KeyBar").show_actions(self.footer_actions())  # type: ignore[attr-defined] # our own
        self.listing.focus()
        self.load()

    def action_import(self) -> None:
        """Choose files and import them."""
        from usagebill_tui.tui.screens.import_files import ImportPage

        self.app.push_screen(ImportPage())

    # Events

    def _fetch_events(self, workspace: "Workspace", asked: PageRequest) -> Found:
        from usagebill_tui.billing.usage.event_pages import EventSearch

        found = workspace.browse.events(self.search or EventSearch(), asked)
        self._lines = {event_words.key_of(line): line for line in found.rows}
        return PageFound([event_words.row_of(line) for line in found.rows], found.matching, found.total)

    def action_search(self) -> None:
        """Ask which events to show."""
        from usagebill_tui.billing.usage.event_pages import EventSearch
        from usagebill_tui.tui.dialogs.search_events import SearchEvents

        self.app.push_screen(SearchEvents(self.search or EventSearch()), self.show_events)

    def show_events(self, search: "EventSearch | None") -> None:
        """Show the events of a search from now on; None leaves what is shown."""
        if search is not None:
            self.search = search
            self.action_show_tab("events")
            self.listing.show(self._fetch_events)

    def action_clear(self) -> None:
        """Show all events, or the rejects of all batches."""
        self._batch = None
        if self.tab == "events":
            from usagebill_tui.billing.usage.event_pages import EventSearch

            self.show_events(EventSearch())
        else:
            self.action_show_tab(self.tab)

    def _say_search(self) -> None:
        text = _search_words(self.search) if self.tab == "events" else ""
        if self.tab == "rejects" and self._batch is not None:
            text = f"of batch {self._batch}"
        label = self.query_one("#events-search", Static)
        label.display = bool(text)
        label.update(content(f"▾ {text} · x shows all again") if text else "")

    @on(Listing.Opened, "#events")
    def _open_event(self, event: Listing.Opened) -> None:
        line = self._lines.get(event.key)
        if line is not None:
            self.work(lambda workspace: workspace.browse.event(line), self._show_event, group="event")

    def _show_event(self, whole: object) -> None:
        from usagebill_tui.billing.usage.event_pages import WholeEvent
        from usagebill_tui.tui.dialogs.details import Details

        if isinstance(whole, WholeEvent):
            title = f"Event {plain(whole.event.id, 60)}"
            self.app.push_screen(Details(title, event_words.parts_of(whole)))


def _search_words(search: "EventSearch | None") -> str:
    if search is None:
        return ""
    names = ("customer", "account", "metric", "from", "to", "id")
    values = (search.customer, search.account, search.metric, search.first, search.last, search.id)
    return " · ".join(
        f"{name} {plain(value, 40)}" for name, value in zip(names, values, strict=True) if value
    )
