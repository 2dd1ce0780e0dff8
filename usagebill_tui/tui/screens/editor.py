"""Editors: a form over one noun of the catalogue, checked as it is typed, kept as a draft until applied."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.drafts import Draft, kept
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.editor_drafts import DraftedForm

if TYPE_CHECKING:
    from usagebill_tui.billing.catalogue.applying import Applied
    from usagebill_tui.workspace import Workspace

_PAUSE = 0.25
"""Seconds without a key after which what was typed is checked against the catalogue."""

_MOST_CONSEQUENCES = 8


class Prepared(NamedTuple):
    """What an editor begins with: its fields and their values, and whatever else it wants to keep."""

    fields: Sequence[Field]
    values: Mapping[str, Any]
    more: Any = None


class EditorPage(DraftedForm):
    """Edits one metric, product, plan or customer; `key` is its code or id, empty for a new one.

    A subclass says in `prepare` what is asked for, in `tables` what the catalogue file would say, and may
    show a preview. Whatever is typed is checked by the rules of the catalogue file, in a dry run.
    """

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="editor.save", keys="ctrl+s", title="Save", call="save", footer="save", priority=True),
        Action(id="editor.undo", keys="ctrl+z", title="Undo the last change", call="undo", footer="undo"),
        Action(id="editor.discard", keys="ctrl+d", title="Discard the draft",
               call="discard", footer="discard", help="Back to what is stored", priority=True),
    )  # fmt: skip
    AUTO_FOCUS = "Form Input"

    def __init__(self, key: str = "") -> None:
        super().__init__(key)
        self.more: Any = None
        self._pause: Timer | None = None
        self._filling = False

    # For subclasses

    def prepare(self, workspace: "Workspace") -> Prepared:
        """Return the fields and what is stored; called in a thread."""
        raise NotImplementedError

    def tables(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the tables of a catalogue file that hold these values."""
        return {self.NOUN: [values]}

    def notes(self, applied: "Applied") -> Sequence[str]:
        """Return what the user should know, beside the changes, before they are applied."""
        del applied
        return ()

    def preview(self) -> Widget | None:
        """Return the widget beside the form."""
        return None

    def show_preview(self, values: dict[str, Any]) -> None:
        """Show what these values would do; called whenever they change and are sound."""

    def fields_for(self, values: Mapping[str, Any]) -> Sequence[Field] | None:
        """Return other fields where a value asks for them, None where they stay."""
        del values
        return None

    # The screen

    def body(self) -> ComposeResult:
        """Yield the form, and the preview beside it."""
        yield Label(content(self.title_text), classes="section", id="editor-title")
        with Horizontal(id="editor"):
            with VerticalScroll(id="editor-form", can_focus=False):
                yield Form((), id="form")
            side = self.preview()
            if side is not None:
                with VerticalScroll(id="editor-preview"):
                    yield side
        yield Label("", classes="form-help")
        yield Static("", id="editor-status")

    def load(self) -> None:
        """Begin with what is stored, or with the draft; once begun, the user's own words stay."""
        if not self.stored and not self._history:
            self.work(self._begin, self._begun)

    def _begin(self, workspace: "Workspace") -> tuple[Prepared, Draft | None]:
        return self.prepare(workspace), self.drafts(workspace).load(*self.draft_of)

    async def _begun(self, found: tuple[Prepared, Draft | None]) -> None:
        prepared, draft = found
        self.stored, self.more = prepared.values, prepared.more
        values = prepared.values if draft is None else draft.values
        await self.form.ask(self.fields_for(values) or prepared.fields, values)
        self._history = [kept(self.values())]
        self.query(self.AUTO_FOCUS).first().focus()
        if draft is not None:
            self.say("○ a draft of yours; ctrl+d goes back to what is stored", "warn")
        self.check()

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    # Checking

    @on(Form.Changed)
    async def _changed(self, event: Form.Changed) -> None:
        event.stop()
        if self._filling:
            return
        fields = self.fields_for(self.values())
        if fields is not None:
            await self._ask(fields, self.values())
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(_PAUSE, self.typing_paused)

    async def _ask(self, fields: Sequence[Field], values: Mapping[str, Any]) -> None:
        self._filling = True
        await self.form.ask(fields, values)
        self._filling = False

    def check(self) -> None:
        """Check what is typed, by itself and against the catalogue."""
        unsettled = self.form.unsettled()
        if unsettled:
            self.say(f"○ not complete yet: {', '.join(unsettled)}", "hint")
            return
        values = self.values()
        self.work(
            lambda workspace: workspace.check_tables(self.tables(values)),
            lambda applied: self._sound(applied, values),
            group="check",
            failed=self._refused,
        )

    def _sound(self, applied: "Applied", values: dict[str, Any]) -> None:
        self.form.clear_problems()
        words = "; ".join(_words(applied))
        self.say(f"✓ {words}" if words else "✓ as it is stored", "good")
        self.show_preview(values)

    def _refused(self, error: Exception) -> None:
        if not isinstance(error, UsagebillError):
            self.app.show_error(error)  # type: ignore[attr-defined] # our own application
            return
        text = error.what if error.mend is None else f"{error.what}; {error.mend}"
        self.form.show_problem(error.key, text)
        self.say(f"✗ {text}", "bad")

    def say(self, text: str, style: str) -> None:
        """Show a line under the form."""
        status = self.query_one("#editor-status", Static)
        status.set_classes(style)
        status.update(content(text))

    # Actions

    def action_save(self) -> None:
        """Show what would change, and apply it when the user agrees."""
        if self.form.show_problems():
            self.say("✗ mend what is marked first", "bad")
            return
        # A check that comes after a pause in typing must not take the place of this.
        if self._pause is not None:
            self._pause.stop()
        if self._take_typed():
            self.keep_draft(lambda: None)
        values = self.values()
        self.work(
            lambda workspace: workspace.apply_tables(self.tables(values), dry_run=True),
            lambda applied: self._ask_to_apply(applied, values),
            group="save",
            failed=self._refused,
        )

    def _ask_to_apply(self, applied: "Applied", values: dict[str, Any]) -> None:
        words, notes = _words(applied, fields=True), self.notes(applied)
        if self.is_new and not any(one.action == "add" and one.noun == self.NOUN for one in applied.changes):
            self.say(f"✗ there is such a {self.NOUN} already; open it, or call this one otherwise", "bad")
            return
        if not words:
            self.app.notify("Nothing differs from what is stored", title=self.title_text)
            self._applied(applied)
            return

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(
                    lambda workspace: workspace.apply_tables(self.tables(values)),
                    self._applied,
                    group="apply",
                    failed=self._refused,
                )

        adds = all(one.action == "add" for one in applied.changes)
        harmless = adds and not notes and not applied.consequences
        question = Confirm(f"Save {self.NOUN}?", "\n".join([*words, *notes]), "Save", harmless=harmless)
        self.app.push_screen(question, answered)

    def _applied(self, applied: "Applied") -> None:
        noun, key = self.draft_of
        self.work(
            lambda workspace: self.drafts(workspace).discard(noun, key),
            lambda _: self._leave(),
            group="draft",
        )
        if applied.changes:
            self.app.notify("; ".join(_words(applied)), title="Saved", markup=False)

    def _leave(self) -> None:
        self.dismiss()

    async def _filled(self, values: Mapping[str, Any]) -> None:
        fields = self.fields_for(values)
        if fields is not None:
            await self._ask(fields, values)
        else:
            self.form.fill(values)
            self.form.clear_problems()
        self.check()


def _words(applied: "Applied", *, fields: bool = False) -> list[str]:
    """Say what applying changes; with `fields`, each value that differs."""
    lines = []
    for change in applied.changes:
        lines.append(
            f"{'adds' if change.action == 'add' else 'changes'} {change.noun} {plain(change.key, 60)}"
        )
        if fields and change.action == "change":
            lines += [
                f"  {plain(f.name, 40)}: {plain(f.before or '–', 40)} → {plain(f.after or '–', 40)}"
                for f in change.fields[:8]
            ]
    return lines + _consequences(applied)


def _consequences(applied: "Applied") -> list[str]:
    """Say what it does to invoices: at most the first eight."""
    from usagebill_tui.billing.words import consequence_words

    found = [plain(consequence_words(one), 160) for one in applied.consequences]
    more = len(found) - _MOST_CONSEQUENCES
    return found if more <= 0 else [*found[:_MOST_CONSEQUENCES], f"and {more:,} more invoices"]
