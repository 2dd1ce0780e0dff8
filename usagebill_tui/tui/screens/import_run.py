"""Importing files: in a workspace of its own, with progress, cancelled by a key, and what came of it."""

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual import on
from textual.widgets import ContentSwitcher

from usagebill_tui.billing.imports.progress import total_bytes
from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.batches import short
from usagebill_tui.tui.screens.import_options import request_of
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.import_progress import ImportProgress

if TYPE_CHECKING:
    from usagebill_tui.billing.imports.importing import ImportReport, ImportRequest

_TOLD_EVERY = 0.2


class ImportCancelled(UsagebillError):
    """The user did not want an import any more; nothing of it is stored."""


class ImportRun(Page):
    """The part of the import's screen that imports the chosen `files` as the `form` says."""

    PAGE = "events"

    def __init__(self, files: Sequence[str] = ()) -> None:
        super().__init__()
        self.files = list(files)
        self._cancel = threading.Event()
        self._busy = ""
        self._report: ImportReport | None = None

    @property
    def form(self) -> Form:
        """Return the form."""
        return self.query_one("#form", Form)

    def under_way(self) -> str:
        """Return what is under way, for whoever wants to leave."""
        return self._busy

    def action_add(self) -> None:
        """Choose more files."""
        raise NotImplementedError

    def action_start(self, dry_run: bool) -> None:  # noqa: FBT001 - Textual passes it by place
        """Import the files, or only count what would be."""
        if self._busy:
            return
        if not self.files:
            self.action_add()
            return
        values = self.form.values()
        try:
            request = request_of(values, dry_run=dry_run)
        except UsagebillError as error:
            self.app.show_error(error)  # type: ignore[attr-defined] # every app here has one
            return
        names = f"{len(self.files):,} files" if len(self.files) > 1 else plain(short(self.files[0]), 60)
        self._busy = f"{'checking' if dry_run else 'importing'} {names}"
        self._cancel.clear()
        self.query_one(ContentSwitcher).current = "import-progress"
        files, save_as = list(self.files), "" if dry_run else str(values.get("save_as", ""))
        self.query_one(ImportProgress).begin(self._busy.capitalize(), total_bytes(files))
        self.work(
            lambda _: self._import(files, request, save_as), self._done, group="import", failed=self._failed
        )

    def _import(self, files: Sequence[str], request: "ImportRequest", save_as: str) -> "ImportReport":
        """Import in a workspace of its own, so that the screens go on with theirs; called in a thread."""
        if save_as:
            from usagebill_tui.billing.imports.mappings import check_mapping_name

            check_mapping_name(save_as)
        told = self.query_one(ImportProgress)
        began = time.monotonic()
        due = began

        def progress(rows: int, size: int) -> None:
            nonlocal due
            if self._cancel.is_set():
                raise ImportCancelled("the import was cancelled", mend="nothing was stored; import it again")
            now = time.monotonic()
            if now >= due:
                due = now + _TOLD_EVERY
                told.post_message(ImportProgress.Told(rows, size, now - began))

        with self.desk.separate() as workspace:
            workspace.on_waiting(lambda sentence: self.app.call_from_thread(told.say, sentence))
            report = workspace.import_events(files, request, progress)
            if save_as:
                workspace.save_mapping(save_as, request.options)
        return report

    @on(ImportProgress.Told)
    def _tell(self, event: ImportProgress.Told) -> None:
        event.stop()
        self.query_one(ImportProgress).tell(event.rows, event.size, event.seconds)

    @on(ImportProgress.Cancelled)
    def _stop_it(self) -> None:
        self.action_stop()

    def action_stop(self) -> None:
        """Cancel what is under way; else go back."""
        if not self._busy:
            self.app.pop_screen()
        else:
            self._cancel.set()
            self.query_one(ImportProgress).say("cancelling; rows that are being stored already are stored")

    def _failed(self, error: Exception) -> None:
        self._end()
        if isinstance(error, ImportCancelled):
            self.app.notify(
                "Nothing was stored. Importing again starts from the first row.", title="Cancelled"
            )
        else:
            self.app.show_error(error)  # type: ignore[attr-defined] # every app here has one

    def _end(self) -> None:
        self._busy = ""
        self.query_one(ContentSwitcher).current = "import-choose"
        self.query_one("#import-files").focus()

    def _done(self, report: "ImportReport") -> None:
        from usagebill_tui.tui.dialogs.import_outcome import title_of

        self._end()
        self._report = report
        done = report.outcome == "done"
        self.app.notify(title_of(report), title="Import", severity="information" if done else "warning")
        if self._cancel.is_set() and report.batch is not None:
            self.app.notify("It was stored before it could be cancelled; the batch can be taken back.")
        self._show_outcome()

    def on_screen_resume(self, event: Any) -> None:
        """Show the outcome of what was done while another screen was in front."""
        super().on_screen_resume(event)
        self._show_outcome()

    def _show_outcome(self) -> None:
        if self._report is None or self.app.screen is not self:
            return
        from usagebill_tui.tui.dialogs.import_outcome import OutcomeDialog

        report, self._report = self._report, None
        self.app.push_screen(OutcomeDialog(report), lambda key: self._seen_outcome(report, key))

    def _seen_outcome(self, report: "ImportReport", key: str | None) -> None:
        if report.batch is None:
            return
        batch = report.batch
        self.app.pop_screen()
        page = self.app.screen
        show_rejects = getattr(page, "show_rejects", None)
        if key == "o" and show_rejects is not None:
            show_rejects(batch)

    def on_unmount(self) -> None:
        """Stop what is under way where the screen goes."""
        self._cancel.set()
