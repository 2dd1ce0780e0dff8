"""Mending: the text of rejected rows, edited and imported again."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Label, Static

from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.screens.batches import short
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.raw_text import RawTextArea

if TYPE_CHECKING:
    from usagebill_tui.billing.imports.importing import ImportReport
    from usagebill_tui.store.browsing.rejects import RejectEntry
    from usagebill_tui.workspace import Workspace

MOST = 1_000
"""So many rows are mended at once; more are better written to a file."""


class MendPage(Page):
    """Edits one rejected row of a batch, or (without a number) all of them, a line each."""

    PAGE = "events"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            id="mend.import", keys="ctrl+s", title="Import what is here", call="import", footer="import",
            priority=True,
        ),
        Action(id="mend.back", keys="escape", title="Back, nothing is imported", call="back", footer="back"),
    )  # fmt: skip
    AUTO_FOCUS = "#mend-text"
    HELP_TEXT = "What is here is imported as a batch of its own; a line that is deleted is left out."

    def __init__(self, batch: int, number: int | None = None) -> None:
        super().__init__()
        self._batch, self.number = batch, number
        self._entries: list[RejectEntry] = []

    def body(self) -> ComposeResult:
        """Yield what was wrong, the header line, and the text."""
        yield Label("", classes="section", id="mend-title")
        yield Static("", id="mend-reasons")
        yield Static("", id="mend-head")
        yield RawTextArea("", soft_wrap=False, show_line_numbers=False, id="mend-text")

    @property
    def area(self) -> RawTextArea:
        """Return where the text is edited."""
        return self.query_one("#mend-text", RawTextArea)

    def load(self) -> None:
        """Begin with the rows as they came; what the user has typed stays."""
        if not self._entries:
            self.work(self._found, self._begin)

    def _found(self, workspace: "Workspace") -> "list[RejectEntry]":
        return workspace.browse.rejects_of(self._batch, self.number, MOST)

    def _begin(self, entries: "list[RejectEntry]") -> None:
        self._entries = entries
        if not entries:
            self.app.notify("These rows are gone", severity="warning")
            return
        count = "1 row" if len(entries) == 1 else f"{len(entries):,} rows"
        files = ", ".join(dict.fromkeys(short(entry.file) for entry in entries))
        self.query_one("#mend-title", Label).update(content(f"Mend {count} of {files}, batch {self._batch}"))
        reasons = [f"line {entry.line:,}: {plain(entry.reason, 120)}" for entry in entries[:4]]
        if len(entries) > len(reasons):
            reasons.append(f"… and {len(entries) - len(reasons):,} more")
        self.query_one("#mend-reasons", Static).update(Content("\n").join(map(content, reasons)))
        head = self.query_one("#mend-head", Static)
        head.display = bool(entries[0].head)
        head.update(content(entries[0].head))
        self.area.load_text("\n".join(entry.raw for entry in entries))
        self.area.focus()

    def action_back(self) -> None:
        """Leave without importing."""
        self.app.pop_screen()

    def action_import(self) -> None:
        """Import what is here as a batch of its own."""
        text = self.area.text
        numbers = [entry.number for entry in self._entries]
        # A row may hold line breaks of its own; one that is alone is taken whole.
        rows = [text] if len(numbers) == 1 else text.split("\n")
        self.work(
            lambda workspace: workspace.import_mended(self._batch, numbers, rows),
            self._imported,
            group="mend",
        )

    def _imported(self, report: "ImportReport") -> None:
        from usagebill_tui.tui.dialogs.import_outcome import OutcomeDialog

        if not report.counts.rejected:
            self.app.pop_screen()
        self.app.push_screen(OutcomeDialog(report))
