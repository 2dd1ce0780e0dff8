"""Watching a folder: files are imported as they are finished there, until the user stops it."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Label, Static

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.batches import short
from usagebill_tui.tui.screens.import_options import CONFLICTS
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.keybar import ActionLine
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.imports.importing import ImportRequest
    from usagebill_tui.billing.imports.watching import Handled
    from usagebill_tui.workspace import Workspace

_RESULTS = {"done": ("✓ done", "green"), "partly": ("! partly", "yellow"), "failed": ("✗ failed", "red")}
_KEPT = 1000
"""As many files, the newest, stay in the list."""


class WatchStopped(BaseException):
    """The user stopped watching: no failure of the file at hand, which stays where it is."""


class WatchPage(Page):
    """Imports each file of a folder once it is complete, and moves it to `done` or `failed` there."""

    PAGE = "events"
    HELP_TEXT = (
        "Every file is a batch, and is moved to done or failed in the folder, as usagebill watch does."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="watch.start", keys="ctrl+s", title="Watch the folder", call="start", footer="watch",
               help="Imports what is there, and what comes", priority=True),
        Action(id="watch.stop", keys="escape", title="Stop, or back", call="stop", footer="stop or back"),
    )  # fmt: skip
    AUTO_FOCUS = "Form Input"

    def __init__(self) -> None:
        super().__init__()
        self._stop = threading.Event()
        self.waits: tuple[Callable[[], float], Callable[[float], None]] = (time.monotonic, self._sleep)
        """How the time is told, and how some passes."""
        self._watched = ""
        self._handled: list[Handled] = []

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Watch a folder"

    def body(self) -> ComposeResult:
        """Yield the form, how it goes, and the files that were handled."""
        yield Label("Watch a folder for finished files", classes="section")
        yield Form((), id="form")
        yield ActionLine(self.ACTIONS)
        yield Static("○ not watching", id="watch-status", classes="hint")
        yield Listing(
            [
                Column(key="result", title="Outcome"),
                Column(key="file", title="File"),
                Column(key="batch", title="Batch", right=True, priority=1),
                Column(key="accepted", title="Accepted", right=True),
                Column(key="duplicates", title="Duplicates", right=True, priority=2),
                Column(key="rejected", title="Rejected", right=True, priority=1),
                Column(key="error", title="Why", priority=2),
            ],
            self._fetch,
            empty="No file yet. Name a folder and press ctrl+s.",
            noun="files",
        )

    def load(self) -> None:
        """Learn which mappings there are; the list shows what was handled."""
        if not self.query("Form Input"):
            self.work(lambda workspace: tuple(workspace.mappings()), self._begin)
        self.query_one(Listing).load()

    async def _begin(self, mappings: tuple[str, ...]) -> None:
        choices = tuple((name, name) for name in mappings)
        await self.query_one(Form).ask(
            (
                Field(key="folder", title="Folder", required=True,
                      help="Half-written names (.part …) are left alone; done ones move to done/"),
                Field(key="mapping", title="Saved mapping", kind="choice", choices=choices,
                      help="How files are read; without one, as recognised"),
                Field(key="on_conflict", title="Conflicts", kind="choice", choices=CONFLICTS,
                      default="keep-first", help="An event that was delivered before with other content"),
            )
        )  # fmt: skip
        self.query("Form Input").first().focus()

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        return page([_row(number, one) for number, one in reversed(list(enumerate(self._handled)))], asked)

    # Watching

    def under_way(self) -> str:
        """Return what is under way, for whoever wants to leave."""
        return f"watching {self._watched}" if self._watched else ""

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_start()

    def action_start(self) -> None:
        """Begin to watch."""
        form = self.query_one(Form)
        if self._watched or form.show_problems():
            return
        form.clear_problems()
        values = form.values()
        folder = Path(values["folder"]).expanduser()
        if not folder.is_dir():
            form.show_problem("folder", f"there is no folder {plain(str(folder), 80)}")
            return
        self._stop.clear()
        self._watched = plain(str(folder), 60)
        self._say(f"● watching {self._watched}; esc stops", "good")
        self.work(lambda _: self._watch(folder, values), self._ended, group="watch", failed=self._failed)

    def _watch(self, folder: Path, values: dict[str, Any]) -> None:
        """Watch in a workspace of its own until it is stopped; called in a thread."""
        from usagebill_tui.billing.imports.watching import Waiting

        with suppress(WatchStopped), self.desk.separate() as workspace:
            request = _request(workspace, values)
            waiting = Waiting(*self.waits)
            for one in workspace.watch(folder, request, waiting=waiting, progress=lambda _: self._progress):
                self.app.call_from_thread(self._tell, one)

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise WatchStopped

    def _progress(self, _rows: int, _size: int) -> None:
        if self._stop.is_set():
            raise WatchStopped

    def _tell(self, one: "Handled") -> None:
        if self._is_gone():
            return
        self._handled = [*self._handled, one][-_KEPT:]
        self.query_one(Listing).load()

    def _ended(self, _: None) -> None:
        self._watched = ""
        self._say("○ stopped; nothing is half-done", "hint")

    def _failed(self, error: Exception) -> None:
        self._ended(None)
        self.app.show_error(error)  # type: ignore[attr-defined] # every app here has one

    def action_stop(self) -> None:
        """Stop watching; else go back."""
        if self._watched:
            self._stop.set()
            self._say("… stopping", "hint")
        else:
            self.app.pop_screen()

    def _say(self, text: str, style: str) -> None:
        status = self.query_one("#watch-status", Static)
        status.set_classes(style)
        status.update(content(text))

    def on_unmount(self) -> None:
        """Stop where the screen goes."""
        self._stop.set()


def _request(workspace: "Workspace", values: dict[str, Any]) -> "ImportRequest":
    from usagebill_tui.billing.imports.importing import ImportRequest
    from usagebill_tui.events.types import Options

    name = values.get("mapping")
    return ImportRequest(
        options=workspace.mapping(name) if name else Options(),
        on_conflict=values.get("on_conflict", "keep-first"),
    )


def _row(number: int, one: "Handled") -> Sortable:
    outcome, report = one.outcome, one.outcome.report
    counts = None if report is None else report.counts
    numbers = ("–",) * 3 if counts is None else tuple(
        f"{count:,}" for count in (counts.accepted, counts.duplicates, counts.rejected)
    )  # fmt: skip
    word, style = _RESULTS[outcome.result]
    row = Row(
        str(number),
        (
            Text(word, style=style),
            cell(short(outcome.file), longest=60),
            "–" if report is None or report.batch is None else str(report.batch),
            *numbers,
            cell("" if outcome.error is None else str(outcome.error), longest=200),
        ),
    )
    return Sortable(row)
