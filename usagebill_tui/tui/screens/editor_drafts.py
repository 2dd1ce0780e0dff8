"""Forms that keep what is typed: a history to undo, and a draft in a file until it is applied."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from usagebill_tui.tui.drafts import Draft, Drafts, kept
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.form import Form
from usagebill_tui.tui.screens.page import Page

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace


class DraftedForm(Page):
    """A form over one thing, `key` being its code or id; whoever comes back finds what was typed."""

    NOUN: ClassVar[str]
    KEPT: ClassVar[tuple[str, ...]] = ()
    """Keys of what is stored that have no field, and stay as they are."""

    def __init__(self, key: str = "") -> None:
        super().__init__()
        self.key = key
        self.stored: Mapping[str, Any] = {}
        self._history: list[dict[str, Any]] = []
        self._keepable = True

    @property
    def title_text(self) -> str:
        """Return what is edited."""
        return f"{self.NOUN.capitalize()} {plain(self.key, 60)}" if self.key else f"New {self.NOUN}"

    @property
    def is_new(self) -> bool:
        """Tell whether this describes one that must not be there yet."""
        return not self.key

    @property
    def draft_of(self) -> tuple[str, str]:
        """Return the kind of form and the thing by which its draft is found: no two forms have the same."""
        return self.NOUN, self.key

    def check(self) -> None:
        """Check what is typed."""
        raise NotImplementedError

    async def _filled(self, values: Mapping[str, Any]) -> None:
        """Show other values."""
        raise NotImplementedError

    @property
    def form(self) -> Form:
        """Return the form."""
        return self.query_one("#form", Form)

    def values(self) -> dict[str, Any]:
        """Return the form's values, and what is stored without having a field."""
        return {**{key: self.stored[key] for key in self.KEPT if key in self.stored}, **self.form.values()}

    @staticmethod
    def drafts(workspace: "Workspace") -> Drafts:
        """Return the drafts of a workspace."""
        return Drafts(workspace.folder / "drafts")

    def typing_paused(self) -> None:
        """Keep what was typed since the last pause, and check it."""
        if self._take_typed():
            self.keep_draft(lambda: None)
            self.check()

    def _take_typed(self) -> bool:
        """Take what is typed into the history; tell whether it is new."""
        if not self._history:
            return False
        values = kept(self.values())
        if values == self._history[-1]:
            return False
        self._history.append(values)
        return True

    def keep_draft(self, then: Callable[[], object]) -> None:
        """Keep what is typed as a draft, then call `then`."""
        noun, key = self.draft_of
        draft = Draft(noun=noun, key=key, values=self._history[-1])
        self.work(
            lambda workspace: self.drafts(workspace).save(draft),
            lambda _: then(),
            group="draft",
            failed=self._not_kept,
        )

    def _not_kept(self, error: Exception) -> None:
        self._keepable = False
        self.app.show_error(error)  # type: ignore[attr-defined] # our own application

    def before_leaving(self, leave: Callable[[], object]) -> None:
        """Keep what is typed, and say where it is; leave then, or the second time where it cannot be kept."""
        self._take_typed()
        if len(self._history) < 2 or not self._keepable:  # noqa: PLR2004 - the first is what the form began with
            leave()
            return
        self.keep_draft(lambda: self._left(leave))

    def _left(self, leave: Callable[[], object]) -> None:
        leave()
        self.app.notify(f"{self.title_text} opens again as you left it", title="Draft kept", markup=False)

    def action_undo(self) -> None:
        """Take back the last change."""
        if len(self._history) < 2:  # noqa: PLR2004 - the first is what the form began with
            return
        self._history.pop()
        self._fill(self._history[-1])

    def action_discard(self) -> None:
        """Forget the draft: what is stored is shown again."""
        noun, key = self.draft_of
        self.work(lambda workspace: self.drafts(workspace).discard(noun, key), lambda _: None, group="draft")
        self._history = self._history[:1]
        self._fill(self.stored)

    def _fill(self, values: Mapping[str, Any]) -> None:
        self.run_worker(self._filled(values), group="fill", exclusive=True, exit_on_error=False)
