"""Importing: choose files, see how they would be read, say what is missing, and import them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.timer import Timer
from textual.widgets import ContentSwitcher, Label, OptionList, Static

from usagebill_tui.billing.imports.progress import bytes_words, total_bytes
from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.forms.control import ValueRow
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.batches import short
from usagebill_tui.tui.screens.import_options import OF_COLUMNS, fields_for, options_of, values_of
from usagebill_tui.tui.screens.import_run import ImportRun
from usagebill_tui.tui.widgets.import_preview import ImportPreview
from usagebill_tui.tui.widgets.import_progress import ImportProgress

if TYPE_CHECKING:
    from usagebill_tui.billing.imports.previewing import FilePreview
    from usagebill_tui.events.types import Options
    from usagebill_tui.workspace import Workspace

_PAUSE = 0.3
"""Seconds without a key after which the first rows are read as the form says now."""
_COMPRESSED = ("", ".gz", ".zst")


class ImportPage(ImportRun):
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
        Action(id="import.forget", keys="ctrl+d", title="Delete the saved mapping", call="forget",
               help="The one that is chosen in the form; what was imported by it stays", priority=True),
        Action(id="import.stop", keys="escape", title="Cancel, or back", call="stop", footer="back"),
    )  # fmt: skip
    AUTO_FOCUS = "#import-files"
    HELP_TEXT = "Fields that are recognised need nothing; the preview says what would be stored."

    def __init__(self, files: Sequence[str] = ()) -> None:
        super().__init__(files)
        self._formats: tuple[str, ...] = ()
        self._endings: tuple[str, ...] = (".jsonl",)
        self._mappings: Mapping[str, Options] = {}
        self._mapping = ""
        self._columns: tuple[str, ...] = ()
        self._pause: Timer | None = None

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

    def action_forget(self) -> None:
        """Delete the saved mapping that is chosen, once the user agrees."""
        name = str(self.form.values().get("mapping", ""))
        if name not in self._mappings:
            self.app.notify("Choose a saved mapping in the form first", title="Mapping")
            return

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(lambda workspace: _forget(workspace, name), self._forgotten, group="mapping")

        effect = f"{plain(name, 60)} is not offered any more; what was imported by it stays."
        self.app.push_screen(Confirm("Delete this saved mapping?", effect, "Delete", danger=True), answered)

    async def _forgotten(self, mappings: "Mapping[str, Options]") -> None:
        self._mappings = mappings
        values = {key: value for key, value in self.form.values().items() if key != "mapping"}
        self._mapping = ""
        await self.form.ask(fields_for(list(mappings), self._formats, self._columns), values)
        self.query_one("#import-files").focus()

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
        if preview.columns != self._columns:
            self._columns = preview.columns
            for row in self.form.query(ValueRow):
                if row.field.key in OF_COLUMNS:
                    row.suggest(preview.columns)
        self.query_one(ImportPreview).show_preview(short(file), preview)

    def _unreadable(self, error: Exception) -> None:
        if not isinstance(error, UsagebillError):
            raise error
        self.query_one(ImportPreview).show_error(error)


def _known(workspace: "Workspace") -> "tuple[tuple[str, ...], tuple[str, ...], Mapping[str, Options]]":
    from usagebill_tui.events.shapes import SHAPES

    readers = workspace.registry.event_readers
    endings = tuple(
        ending + packed for r in readers.values() for ending in r.endings for packed in _COMPRESSED
    )
    return (*readers, *SHAPES), endings, workspace.mappings()


def _forget(workspace: "Workspace", name: str) -> "Mapping[str, Options]":
    workspace.delete_mapping(name)
    return workspace.mappings()


def _file_words(file: str) -> str:
    size = total_bytes([file])
    return f"{file}  {'?' if size is None else bytes_words(size)}"
