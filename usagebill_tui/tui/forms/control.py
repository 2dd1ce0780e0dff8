"""Controls: what a single value is typed or chosen in."""

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Label, Select

from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.forms.field import Field


class ValueRow(Widget):
    """One field: its title, its control, and under it what is wrong."""

    class Edited(Message):
        """The text of a row was changed by the user."""

        def __init__(self, row: "ValueRow") -> None:
            super().__init__()
            self.row = row

    def __init__(self, field: Field, given: Any = None) -> None:
        super().__init__(classes="value-row")
        self.field = field
        self._given = given
        self.text = field.text(given)
        self._problem: str | None = None

    def compose(self) -> ComposeResult:
        """Lay out title, control and message."""
        with Horizontal(classes="value-line"):
            yield Label(self._title(), classes="value-title")
            yield self._control()
        yield Label("", classes="value-message")

    def _title(self) -> Content:
        return content(f"{self.field.title} *" if self.field.required else self.field.title)

    def _control(self) -> Widget:
        match self.field.kind:
            case "choice" | "flag":
                options = [(content(title), value) for value, title in self._choices()]
                return Select(
                    options, value=self._chosen(), prompt=self._prompt(), allow_blank=True, compact=True
                )
        suggester = None
        if self.field.suggestions:
            suggester = SuggestFromList([plain(one) for one in self.field.suggestions], case_sensitive=False)
        return Input(self.text, placeholder=self._placeholder(), suggester=suggester, compact=True)

    def _prompt(self) -> str:
        default = self.field.default or ("false" if self.field.kind == "flag" else "choose")
        return plain(dict(self._choices()).get(default, default))

    def _choices(self) -> tuple[tuple[str, str], ...]:
        return (("true", "yes"), ("false", "no")) if self.field.kind == "flag" else self.field.choices

    def _chosen(self) -> Any:
        return self.text if self.text in {value for value, _ in self._choices()} else Select.NULL

    def _placeholder(self) -> str:
        match self.field.kind:
            case "list":
                return self.field.default or "one, two, …"
            case "date":
                return self.field.default or "YYYY-MM-DD"
        return plain(self.field.default)

    def put(self, given: Any) -> None:
        """Show another value."""
        self._given = given
        self.text = self.field.text(given)
        match self.field.kind:
            case "choice" | "flag":
                self.query_one(Select).value = self._chosen()
            case _:
                self.query_one(Input).value = self.text

    def suggest(self, texts: Sequence[str]) -> None:
        """Suggest other texts from now on while something is typed."""
        for shown in self.query(Input):
            shown.suggester = SuggestFromList([plain(one) for one in texts], case_sensitive=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what is typed."""
        event.stop()
        self._take(event.value)

    def on_select_changed(self, event: Select.Changed) -> None:
        """Take what is chosen."""
        event.stop()
        self._take("" if event.value is Select.NULL else str(event.value))

    def _take(self, text: str) -> None:
        if text == self.text:
            return
        self.text = text
        self.say(self.field.problem(text) if text.strip() else None)
        self.post_message(self.Edited(self))

    @property
    def value(self) -> Any:
        """Return what is typed as plain data; what nobody touched is what was given, whatever it is."""
        return self.field.kept_value(self._given, self.text)

    @property
    def problem(self) -> str | None:
        """Return what is wrong with what is typed."""
        return self.field.problem(self.text)

    def say(self, problem: str | None) -> None:
        """Show what is wrong."""
        self._problem = problem
        self._show()

    def _show(self) -> None:
        self.set_class(self._problem is not None, "-wrong")
        shown = f"✗ {self._problem}" if self._problem else ""
        for message in self.query(".value-message").results(Label):
            message.update(content(shown))
            message.display = bool(shown)
