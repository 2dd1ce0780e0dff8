"""The audit: who changed what, and when, newest first."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import NEVER, Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.store.audit import Entry
    from usagebill_tui.workspace import Workspace

_LONGEST = 4_000


class AuditPage(Page):
    """The list of changes; each opens with what was there before and after."""

    PAGE = "settings"
    HELP_TEXT = "Enter shows a change in full: what was there before, and after."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="audit.open", keys="v", title="Show the change in full", call="open", footer="in full"),
    )

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Audit"

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield Listing(
            [
                Column(key="id", title="Id", right=True, sortable=True, priority=2),
                Column(key="at", title="When"),
                Column(key="who", title="Who", sortable=True, priority=1),
                Column(key="action", title="Did", sortable=True),
                Column(key="noun", title="What", sortable=True),
                Column(key="key", title="Which", sortable=True),
                Column(key="before", title="Before", priority=NEVER, width=36),
                Column(key="after", title="After", priority=2, width=28),
            ],
            _fetch,
            empty="Nothing was changed yet.",
            noun="changes",
            sort="id",
            descending=True,
        )

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def on_listing_opened(self, _event: Listing.Opened) -> None:
        """Show the change in full."""
        self.action_open()

    def action_open(self) -> None:
        """Show the change under the cursor in full."""
        self.query_one(Listing).show_record()


def _fetch(workspace: "Workspace", asked: PageRequest) -> Found:
    found = workspace.browse.audit(asked)
    return PageFound([_row(one) for one in found.rows], found.matching, found.total)


def _row(entry: "Entry") -> Row:
    at = entry.at.strftime("%Y-%m-%d %H:%M:%S")
    texts = (entry.who, entry.action, entry.noun, entry.key, entry.before or "", entry.after or "")
    return Row(str(entry.id), (str(entry.id), at, *(cell(text, longest=_LONGEST) for text in texts)))
