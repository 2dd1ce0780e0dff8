"""How far an import has come."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Button, Label, ProgressBar

from usagebill_tui.billing.imports.progress import progress_words
from usagebill_tui.tui.foreign import content


class ImportProgress(Vertical):
    """A bar, rows, bytes, rate and time left; a button to cancel."""

    class Told(Message):
        """Rows and bytes read after so many seconds; posted by the import's thread."""

        def __init__(self, rows: int, size: int, seconds: float) -> None:
            super().__init__()
            self.rows, self.size, self.seconds = rows, size, seconds

    class Cancelled(Message):
        """The user does not want it any more."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._total: int | None = None

    def compose(self) -> ComposeResult:
        """Lay out title, bar, figures and button."""
        yield Label("", classes="section", id="progress-title")
        yield ProgressBar(show_eta=False, id="progress-bar")
        yield Label("", id="progress-words")
        yield Label("esc cancels; nothing is stored before all of it is", classes="hint")
        yield Button("Cancel", id="progress-cancel")

    def begin(self, title: str, total: int | None) -> None:
        """Begin with nothing of `total` bytes (None: nobody knows)."""
        self._total = total
        self.query_one("#progress-title", Label).update(content(title))
        self.query_one(ProgressBar).update(total=total or None, progress=0)
        self.query_one("#progress-words", Label).update("starting")
        self.query_one(Button).focus()

    def tell(self, rows: int, size: int, seconds: float) -> None:
        """Show rows and bytes read after so many seconds."""
        self.query_one(ProgressBar).update(progress=min(size, self._total or 0))
        words = progress_words(rows, size, self._total, seconds)
        self.query_one("#progress-words", Label).update(content(words))

    def say(self, sentence: str) -> None:
        """Say something in the place of the figures."""
        self.query_one("#progress-words", Label).update(content(sentence))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Ask to cancel."""
        event.stop()
        self.post_message(self.Cancelled())
