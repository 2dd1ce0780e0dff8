"""Controls: what a single value is typed or chosen in."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Label, Select
from textual.widgets._select import SelectOverlay

from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.forms.field import Field

_CHOSEN = {"choice", "flag"}
"""Kinds that are chosen from a list; all others are typed."""


class Choice(Select[str]):
    """A list to choose from; the focus stays where the user went on to while it took what was chosen."""

    @on(SelectOverlay.UpdateSelection)
    def _take_chosen(self, event: SelectOverlay.UpdateSelection) -> None:
        # Textual's own way takes the focus back some turns later, and from whatever has it by then.
        event.prevent_default()
        event.stop()
        if self.has_focus_within:
            self.screen.set_focus(self)
        self.value = self._options[event.option_index][1]
        self.expanded = False


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
                return Choice(
                    options, value=self._chosen(), prompt=self._prompt(), allow_blank=True, compact=True
                )
        return Input(
            self.text,
            placeholder=self._placeholder(),
            suggester=_suggester(self.field.suggestions),
            compact=True,
        )

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

    def can_ask(self, field: Field) -> bool:
        """Tell whether this row will do for a field: it is the same, or typed likewise under its key."""
        chosen = _CHOSEN & {self.field.kind, field.kind} or field.kind == "rows"
        return self.field == field or (self.field.key == field.key and not chosen)

    def ask(self, field: Field) -> None:
        """Ask for a field that this row will do for; what is typed stays."""
        if field == self.field:
            return
        self.field = field
        self.query_one(".value-title", Label).update(self._title())
        for shown in self.query(Input):
            shown.placeholder = self._placeholder()
            shown.suggester = _suggester(field.suggestions)

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
            shown.suggester = _suggester(texts)

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


def _suggester(texts: Sequence[str]) -> SuggestFromList | None:
    return SuggestFromList([plain(one) for one in texts], case_sensitive=False) if texts else None
