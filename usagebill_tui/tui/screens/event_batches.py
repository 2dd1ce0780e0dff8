"""Batches and rejects: what was imported is taken back, what could not be read is mended."""

from typing import TYPE_CHECKING

from textual import on

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.screens import batches, rejects
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Found, Listing

if TYPE_CHECKING:
    from usagebill_tui.store.manifest import Batch
    from usagebill_tui.workspace import Workspace


class BatchActions(Page):
    """The actions of two of the lists of the events' screen, which says which list is in front."""

    PAGE = "events"

    def __init__(self) -> None:
        super().__init__()
        self._batch: int | None = None
        """The batch that rejects are shown of; None: of all."""

    @property
    def tab(self) -> str:
        """Return the name of the tab in front."""
        raise NotImplementedError

    @property
    def listing(self) -> Listing:
        """Return the list in front."""
        raise NotImplementedError

    def action_show_tab(self, name: str) -> None:
        """Show another list."""
        raise NotImplementedError

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
