"""Importing: choose files, see how they would be read, say what is missing, and import them."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Label, OptionList, Static

from usagebill_tui.billing.progress import bytes_words, total_bytes
from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.batches import short
from usagebill_tui.tui.screens.import_options import fields_for, options_of, request_of, values_of
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.import_preview import ImportPreview
from usagebill_tui.tui.widgets.import_progress import ImportProgress

if TYPE_CHECKING:
    from usagebill_tui.billing.importing import ImportReport, ImportRequest
    from usagebill_tui.billing.previewing import FilePreview
    from usagebill_tui.events.types import Options
    from usagebill_tui.workspace import Workspace

_PAUSE = 0.3
"""Seconds without a key after which the first rows are read as the form says now."""
_TOLD_EVERY = 0.2
_COMPRESSED = ("", ".gz", ".zst")


class ImportCancelled(UsagebillError):
    """The user did not want an import any more; nothing of it is stored."""


class ImportPage(Page):
    """Imports event files as one batch, with a preview before and progress while it runs."""

    PAGE = "events"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            id="import.start", keys="ctrl+s", title="Import the files", call="start(False)", footer="import",
            help="As one batch: all of it, or nothing", priority=True,
        ),
        Action(id="import.add", keys="a,ctrl+o", title="Add files", call="add", footer="add"),
        Action(
            id="import.check", keys="ctrl+k", title="Read everything, store nothing", call="start(True)",
            footer="check", help="The counts that importing would have", priority=True,
        ),
        Action(id="import.drop", keys="delete", title="Leave the file out", call="drop", footer="remove"),
        Action(id="import.stop", keys="escape", title="Cancel, or back", call="stop", footer="back"),
    )  # fmt: skip
    AUTO_FOCUS = "#import-files"
    HELP_TEXT = "Fields that are recognised need nothing; the preview says what would be stored."

    def __init__(self, files: Sequence[str] = ()) -> None:
        super().__init__()
        self.files = list(files)
        self._formats: tuple[str, ...] = ()
        self._endings: tuple[str, ...] = (".jsonl",)
        self._mappings: Mapping[str, Options] = {}
        self._mapping = ""
        self._columns: tuple[str, ...] = ()
        self._pause: Timer | None = None
        self._cancel = threading.Event()
        self._busy = ""
        self._report: ImportReport | None = None

    def body(self) -> ComposeResult:
        """Yield files, form and preview, and behind them the progress."""
        with ContentSwitcher(initial="import-choose"):
            with Vertical(id="import-choose"):
                yield Label("Files  (a adds, del removes)", classes="section")
                yield OptionList(id="import-files", compact=True)
                yield Static("No files yet. Press a to choose some.", id="import-empty", classes="hint")
                with Horizontal(id="import-parts"):
                    with VerticalScroll(id="import-form", can_focus=False):
                        yield Form((), id="form")
                    with VerticalScroll(id="import-side"):
                        yield ImportPreview(id="import-preview")
            yield ImportProgress(id="import-progress")

    @property
    def form(self) -> Form:
        """Return the form."""
        return self.query_one("#form", Form)

    def under_way(self) -> str:
        """Return what is under way, for whoever wants to leave."""
        return self._busy

    # Beginning

    def load(self) -> None:
        """Learn which formats and mappings there are; what the user has typed stays."""
        if not self._formats:
            self.work(_known, self._begin)

    async def _begin(self, known: "tuple[tuple[str, ...], tuple[str, ...], Mapping[str, Options]]") -> None:
        self._formats, self._endings, self._mappings = known
        await self.form.ask(fields_for(list(self._mappings), self._formats, self._columns))
        self._show_files()
        self.query_one("#import-files").focus()

    def _show_files(self) -> None:
        options = self.query_one("#import-files", OptionList)
        place = options.highlighted
        options.clear_options()
        options.add_options([content(_file_words(file)) for file in self.files])
        options.highlighted = None if not self.files else min(place or 0, len(self.files) - 1)
        self.query_one("#import-empty").display = not self.files
        options.display = bool(self.files)
        self._preview()

    def action_add(self) -> None:
        """Choose more files."""
        from usagebill_tui.tui.dialogs.choose_file import ChooseFiles

        folder = Path(self.files[-1]).parent if self.files else Path.cwd()
        self.app.push_screen(ChooseFiles(folder, self._endings), self.add_files)

    def add_files(self, files: Sequence[str] | None) -> None:
        """Add files to those that are imported."""
        self.files += [file for file in files or () if file not in self.files]
        self._show_files()

    def action_drop(self) -> None:
        """Leave the marked file out."""
        place = self.query_one("#import-files", OptionList).highlighted
        if place is not None and place < len(self.files):
            del self.files[place]
            self._show_files()

    # Preview

    @on(Form.Changed)
    def _changed(self, event: Form.Changed) -> None:
        event.stop()
        chosen = str(self.form.values().get("mapping", ""))
        if chosen != self._mapping:
            self._mapping = chosen
            if chosen in self._mappings:
                self.form.fill({"mapping": chosen, **values_of(self._mappings[chosen])})
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_PAUSE, self._preview)

    @on(OptionList.OptionHighlighted, "#import-files")
    def _marked(self) -> None:
        self._preview()

    def _preview(self) -> None:
        shown = self.query_one(ImportPreview)
        place = self.query_one("#import-files", OptionList).highlighted or 0
        if not self.files:
            shown.show_nothing()
            return
        file = self.files[min(place, len(self.files) - 1)]
        try:
            options = options_of(self.form.values())
        except UsagebillError as error:
            shown.show_error(error)
            return
        self.work(
            lambda workspace: workspace.preview_file(file, options),
            lambda preview: self._previewed(file, preview),
            group="preview",
            failed=self._unreadable,
        )

    def _previewed(self, file: str, preview: "FilePreview") -> None:
        self.form.clear_problems()
        self.query_one(ImportPreview).show_preview(short(file), preview)

    def _unreadable(self, error: Exception) -> None:
        if not isinstance(error, UsagebillError):
            raise error
        self.query_one(ImportPreview).show_error(error)

    # Importing

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
            from usagebill_tui.billing.mappings import check_mapping_name

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


def _known(workspace: "Workspace") -> "tuple[tuple[str, ...], tuple[str, ...], Mapping[str, Options]]":
    from usagebill_tui.events.shapes import SHAPES

    readers = workspace.registry.event_readers
    endings = tuple(
        ending + packed for r in readers.values() for ending in r.endings for packed in _COMPRESSED
    )
    return (*readers, *SHAPES), endings, workspace.mappings()


def _file_words(file: str) -> str:
    size = total_bytes([file])
    return f"{file}  {'?' if size is None else bytes_words(size)}"
