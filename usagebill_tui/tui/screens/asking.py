"""Screens that ask by a form and then show what was found; nothing is stored by either."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, ContentSwitcher, Input, Label, Static

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import content
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing
from usagebill_tui.tui.work import show_error

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace

ASK = Action(
    id="asking.ask", keys="ctrl+s", title="Show what comes of it", call="ask", footer="show", priority=True
)
EDIT = Action(id="asking.edit", keys="e", title="Ask for something else", call="edit", footer="change")


class Question(NamedTuple):
    """What a screen begins with: its fields, their values, and whatever else it wants to keep."""

    fields: Sequence[Field]
    values: Mapping[str, Any]
    more: Any = None


class AskingPage(Page):
    """A form, and behind it a list of what was found; `e` goes back to the form.

    A subclass says in `question` what is asked for, finds it in `answer`, and writes it in `columns`,
    `rows`, `sums` and `beside`.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (ASK, EDIT)
    AUTO_FOCUS = "Form Select, Form Input"
    EMPTY: ClassVar[str] = "Nothing was found."
    NOUN: ClassVar[str] = "rows"
    BUTTON: ClassVar[str] = "Show"

    def __init__(self) -> None:
        super().__init__()
        self.more: Any = None
        self.found: Any = None
        self.asked: Mapping[str, Any] = {}
        self._rows: Sequence[Sortable] = ()
        self._begun = self._filling = False

    # For subclasses

    def question(self, workspace: "Workspace") -> Question:
        """Return the fields and what they begin with; called in a thread."""
        raise NotImplementedError

    def fields_for(self, values: Mapping[str, Any]) -> Question | None:
        """Return other fields where a value asks for them, None where they stay."""
        del values
        return None

    def answer(self, workspace: "Workspace", values: Mapping[str, Any]) -> Any:
        """Find what is asked for; called in a thread. What it raises is said under the form."""
        raise NotImplementedError

    def columns(self) -> Sequence[Column]:
        """Return the columns of what is found."""
        raise NotImplementedError

    def rows(self, found: Any) -> Sequence[Sortable]:
        """Return the rows of what was found."""
        raise NotImplementedError

    def told(self, values: Mapping[str, Any]) -> str:
        """Say what is asked for, in one line."""
        raise NotImplementedError

    def sums(self, found: Any) -> Content:
        """Say what it comes to, in a line or two."""
        raise NotImplementedError

    def beside(self, found: Any) -> Content | None:
        """Return what stands beside the list where there is room."""
        del found
        return None

    # The screen

    def body(self) -> ComposeResult:
        """Yield the form, and behind it the list with what it comes to."""
        with ContentSwitcher(initial="asking", id="asking-parts"):
            with VerticalScroll(id="asking", can_focus=False):
                yield Label(content(self.title_text), classes="section")
                yield Form((), id="form")
                with Horizontal(classes="asking-buttons"):
                    yield from self.buttons()
                yield Static("", id="asking-status", classes="hint")
            with Vertical(id="answer"):
                yield Static("", classes="report-asked")
                with Horizontal(id="answer-parts"):
                    yield Listing(self.columns(), self._fetch, empty=self.EMPTY, noun=self.NOUN, id="found")
                    with VerticalScroll(id="answer-side", can_focus=False):
                        yield Static("", id="answer-beside")
                yield Static("", classes="report-sums")

    def buttons(self) -> ComposeResult:
        """Yield the buttons under the form."""
        yield Button(self.BUTTON, id="ask", variant="primary", compact=True)

    @property
    def form(self) -> Form:
        """Return the form."""
        return self.query_one("#form", Form)

    @property
    def is_answered(self) -> bool:
        """Tell whether what was found is in front."""
        return self.query_one("#asking-parts", ContentSwitcher).current == "answer"

    def load(self) -> None:
        """Learn what can be asked for; later, find the same again where it is in front."""
        if not self._begun:
            self.work(self.question, self._begin)
        elif self.is_answered:
            self._find(self.asked)

    async def _begin(self, question: Question) -> None:
        self._begun = True
        self.more = question.more
        other = self.fields_for(question.values) or question
        await self.form.ask(other.fields, other.values)
        self.query("#form Select, #form Input").first().focus()

    @on(Form.Changed)
    async def _changed(self, event: Form.Changed) -> None:
        event.stop()
        other = None if self._filling else self.fields_for(self.form.values())
        if other is None:
            return
        self._filling = True
        await self.form.ask(other.fields, other.values)
        self._filling = False

    # Asking

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask by enter in the form."""
        if self.form in event.input.ancestors:
            event.stop()
            self.action_ask()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        if event.button.id == "ask":
            self.action_ask()

    def action_ask(self) -> None:
        """Find what is asked for."""
        self.form.clear_problems()
        if self.form.show_problems():
            self._say("✗ mend what is marked first")
            return
        self._find(self.form.values())

    def _find(self, values: Mapping[str, Any]) -> None:
        self._say("… working it out")
        self.query_one(".report-asked", Static).update(content(f"… {self.told(values)}"))
        self.work(
            lambda workspace: self.answer(workspace, values),
            lambda found: self._show_found(found, values),
            group="asking",
            failed=self._refused,
        )

    def _refused(self, error: Exception) -> None:
        self._say("")
        self.action_edit()
        if not isinstance(error, UsagebillError):
            show_error(self.app, error)
            return
        where = f"{error.where}: " if error.where else ""
        mend = f"; {error.mend}" if error.mend else ""
        self.form.show_problem(None, f"{where}{error.what}{mend}")

    def _show_found(self, found: Any, values: Mapping[str, Any]) -> None:
        self.found, self.asked, self._rows = found, dict(values), self.rows(found)
        self._say("")
        self.query_one(".report-asked", Static).update(content(self.told(values)))
        self.query_one(".report-sums", Static).update(self.sums(found))
        beside = self.beside(found)
        self.query_one("#answer-side").set_class(beside is None, "-none")
        self.query_one("#answer-beside", Static).update(beside or "")
        self.query_one("#asking-parts", ContentSwitcher).current = "answer"
        listing = self.query_one("#found", Listing)
        listing.load()
        listing.focus()

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        return page(self._rows, asked)

    def _say(self, text: str) -> None:
        self.query_one("#asking-status", Static).update(content(text))

    def action_edit(self) -> None:
        """Go back to the form."""
        if self.is_answered:
            self.query_one("#asking-parts", ContentSwitcher).current = "asking"
            self.query("#form Select, #form Input").first().focus()
