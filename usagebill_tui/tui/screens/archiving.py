"""Lists of what may be archived: hidden until it is asked for, put away and brought back by a key."""

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text

from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.catalogue.changes import Change
    from usagebill_tui.domain.catalogue import Archivable
    from usagebill_tui.workspace import Workspace

MARK = " · archived"

ARCHIVE: tuple[Action, ...] = (
    Action(
        id="archive.turn",
        keys="z",
        title="Archive, or bring back",
        call="archive",
        help="What is used no more leaves the lists; past periods are billed all the same",
    ),
    Action(id="archive.show", keys="Z", title="Show or hide what is archived", call="show_archived"),
)


class ArchivingPage(Page):
    """A list of one kind of thing, of which some may be archived."""

    NOUN: ClassVar["Archivable"]

    def action_show_archived(self) -> None:
        """Show what is archived too, or hide it again."""
        listing = self.query_one(Listing)
        listing.show_archived(archived=not listing.with_archived)

    def action_archive(self) -> None:
        """Archive the thing under the cursor, or bring it back."""
        key, noun = self.query_one(Listing).key, self.NOUN
        if key is None:
            return

        def turn(workspace: "Workspace") -> "list[Change]":
            away = key not in workspace.browse.archived(noun)
            return workspace.archive(noun, [key], away=away)

        self.work(turn, self._turned, group="change")

    def _turned(self, changes: "list[Change]") -> None:
        for change in changes:
            done = "archived; Z shows it" if change.action == "archive" else "is in the lists again"
            self.app.notify(plain(f"{change.noun} {change.key} {done}"), title="Archive")
        self.reload()


def marked(row: Row, archived: Collection[str]) -> Row:
    """Return a row that says so where its thing is archived."""
    if row.key not in archived:
        return row
    first = row.cells[0]
    text = first.copy() if isinstance(first, Text) else Text(plain(first))
    return Row(row.key, (text.append(MARK, "dim"), *row.cells[1:]))
