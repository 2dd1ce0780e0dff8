"""Events: what happened, how it came in, and what could not be read."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import ContentSwitcher, Static

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.screens import batches, event_words, rejects
from usagebill_tui.tui.screens.page import COMMON, Page
from usagebill_tui.tui.widgets.listing import Found, Listing
from usagebill_tui.tui.widgets.tabline import TabLine

if TYPE_CHECKING:
    from usagebill_tui.billing.event_pages import EventSearch
    from usagebill_tui.eventstore.browsing import Line
    from usagebill_tui.store.manifest import Batch
    from usagebill_tui.workspace import Workspace

TABS = {"events": "Events", "batches": "Batches", "rejects": "Rejects"}
_TAB_KEYS = {"events": "v", "batches": "b", "rejects": "r"}
_IMPORT = Action(id="events.import", keys="i", title="Import event files", call="import", footer="import")
_SEARCH = Action(
    id="events.search",
    keys="f",
    title="Choose events by customer, metric, time, id",
    call="search",
    footer="find",
)
_CLEAR = Action(id="events.clear", keys="x", title="Show all again", call="clear")
_UNDO = Action(id="events.undo", keys="u", title="Take the batch back", call="undo", footer="undo")
_OF_BATCH = Action(
    id="events.rejects_of", keys="o", title="Rejects of this batch alone", call="rejects_of", footer="rejects"
)
_MEND = Action(id="events.mend", keys="m", title="Mend the row", call="mend", footer="mend")
_MEND_ALL = Action(
    id="events.mend_all",
    keys="M",
    title="Mend all rejects of the batch",
    call="mend_all",
    footer="all",
    help="Those of the batch that the row under the cursor belongs to",
)
_EXPORT = Action(
    id="events.export",
    keys="e",
    title="Write the batch's rejects to a file",
    call="export",
    footer="write",
    help="As a file to be mended and imported",
)
_GOING = tuple(
    Action(id=f"events.{name}", keys=key, title=f"Show {title.lower()}", call=f"show_tab({name!r})")
    for (name, title), key in zip(TABS.items(), _TAB_KEYS.values(), strict=True)
)
_OF_TAB = {"events": (_SEARCH, _CLEAR), "batches": (_UNDO, _OF_BATCH), "rejects": (_MEND, _MEND_ALL, _EXPORT)}


class EventsPage(Page):
    """Three lists: events, the batches that brought them, and the rows that could not be read."""

    PAGE = "events"
    ACTIONS: ClassVar[tuple[Action, ...]] = (_IMPORT, *_GOING, *(a for of in _OF_TAB.values() for a in of))
    HELP_TEXT = (
        "Enter opens a row. / filters by account or metric (batches: by file or author, rejects: by text); "
        "f finds events by customer, time and id."
    )

    def __init__(self) -> None:
        super().__init__()
        self.search: EventSearch | None = None
        self._batch: int | None = None
        """The batch that rejects are shown of; None: of all."""
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
        return (*COMMON, _IMPORT, *_OF_TAB[tab])

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
        from usagebill_tui.billing.event_pages import EventSearch

        found = workspace.browse.events(self.search or EventSearch(), asked)
        self._lines = {event_words.key_of(line): line for line in found.rows}
        return PageFound([event_words.row_of(line) for line in found.rows], found.matching, found.total)

    def action_search(self) -> None:
        """Ask which events to show."""
        from usagebill_tui.billing.event_pages import EventSearch
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
            from usagebill_tui.billing.event_pages import EventSearch

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
        from usagebill_tui.billing.event_pages import WholeEvent
        from usagebill_tui.tui.dialogs.details import Details

        if isinstance(whole, WholeEvent):
            title = f"Event {plain(whole.event.id, 60)}"
            self.app.push_screen(Details(title, event_words.parts_of(whole)))

    # Batches

    def _with_batch(self, then: str) -> None:
        """Look up the batch under the cursor, and go on with it."""
        key = self.listing.key
        if self.tab != "batches" or key is None:
            return
        number = int(key)
        self.work(
            lambda workspace: next(b for b in workspace.browse.batches_with([number])),
            getattr(self, then),
            group="batch",
        )

    @on(Listing.Opened, "#batches")
    def _open_batch(self) -> None:
        self._with_batch("show_batch")

    def show_batch(self, batch: "Batch") -> None:
        """Show a batch with its files and options."""
        from usagebill_tui.tui.dialogs.details import Details

        offers = [] if batch.undone_by or batch.kind == "undo" else [("u", "takes it back")]
        offers += [("o", "shows its rejects")] if batch.counts.rejected else []
        calls = {"u": lambda: self.ask_undo(batch), "o": lambda: self.show_rejects(batch.id)}
        dialog = Details(f"Batch {batch.id}", batches.parts_of(batch), offers)
        self.app.push_screen(dialog, lambda key: calls.get(key or "", lambda: None)())

    def action_undo(self) -> None:
        """Take the batch under the cursor back."""
        self._with_batch("ask_undo")

    def ask_undo(self, batch: "Batch") -> None:
        """Ask before a batch is taken back."""
        if batch.kind == "undo" or batch.undone_by is not None:
            self.app.notify(f"Batch {batch.id} cannot be taken back", severity="warning")
            return

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(lambda workspace: workspace.undo_batch(batch.id), self._undone, group="undo")

        title = f"Take batch {batch.id} back: {batch.counts.accepted:,} events?"
        self.app.push_screen(Confirm(title, batches.effect_of(batch), "Take it back", danger=True), answered)

    def _undone(self, counts: tuple[int, int]) -> None:
        gone, instead = counts
        restored = f", {instead:,} of other batches count in their place" if instead else ""
        self.app.notify(f"{gone:,} events no longer count{restored}", title="Batch taken back")
        self.reload()

    # Rejects

    def _fetch_rejects(self, workspace: "Workspace", asked: PageRequest) -> Found:
        return rejects.fetch_rejects(workspace, asked, self._batch)

    def action_rejects_of(self) -> None:
        """Show the rejects of the batch under the cursor."""
        if self.tab == "batches" and self.listing.key is not None:
            self.show_rejects(int(self.listing.key))

    def show_rejects(self, batch: int | None) -> None:
        """Show the rejected rows of a batch, or of all."""
        self._batch = batch
        self.query_one("#rejects", Listing).show(self._fetch_rejects)
        self.action_show_tab("rejects")

    @on(Listing.Opened, "#rejects")
    def _open_reject(self, event: Listing.Opened) -> None:
        self._mend(*rejects.place_of(event.key))

    def action_mend(self) -> None:
        """Mend the row under the cursor."""
        if self.tab == "rejects" and self.listing.key is not None:
            self._mend(*rejects.place_of(self.listing.key))

    def action_mend_all(self) -> None:
        """Mend all rejected rows of the batch of the row under the cursor."""
        if self.tab == "rejects" and self.listing.key is not None:
            self._mend(rejects.place_of(self.listing.key)[0], None)

    def _mend(self, batch: int, number: int | None) -> None:
        from usagebill_tui.tui.screens.mend_rejects import MendPage

        self.app.push_screen(MendPage(batch, number))

    def action_export(self) -> None:
        """Ask for a file, and write the rejects of the batch to it."""
        from usagebill_tui.tui.dialogs.ask import AskDialog

        if self.tab != "rejects" or self.listing.key is None:
            return
        batch = rejects.place_of(self.listing.key)[0]
        text = "With the ending of the files that they stood in, like .csv or .jsonl."
        title = f"Write the rejects of batch {batch} to which file?"
        self.app.push_screen(AskDialog(title, text), lambda path: self._export(batch, path))

    def _export(self, batch: int, path: str | None) -> None:
        if path:
            self.work(
                lambda workspace: workspace.export_rejects(batch, path),
                lambda rows: self.app.notify(
                    plain(f"{rows:,} rows to {path}", 200), title="Written", markup=False
                ),
                group="export",
            )


def _search_words(search: "EventSearch | None") -> str:
    if search is None:
        return ""
    names = ("customer", "account", "metric", "from", "to", "id")
    values = (search.customer, search.account, search.metric, search.first, search.last, search.id)
    return " · ".join(
        f"{name} {plain(value, 40)}" for name, value in zip(names, values, strict=True) if value
    )
