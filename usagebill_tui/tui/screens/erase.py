"""Erasing a customer's personal data: first all that would go and stay, then for good."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content

from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.ask import AskDialog
from usagebill_tui.tui.foreign import cell, plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.asking import ASK, EDIT, AskingPage, Question
from usagebill_tui.tui.widgets.in_memory import Sortable
from usagebill_tui.tui.widgets.listing import Column, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.erasing import Choice, Erased, Erasure
    from usagebill_tui.workspace import Workspace

_FIELDS = (
    Field(
        key="properties", title="Only these", kind="list",
        help="Properties of the events, with commas; empty: all that no metric and no price reads",
    ),
    Field(key="keep", title="Keep", kind="list", help="Properties that are left as they are"),
)  # fmt: skip
_MARKS = {"kept": "· kept", "by hand": "! by hand", "erased": "✗ erased"}


class ErasePage(AskingPage):
    """Lists what erasing would take and leave; the customer's id has to be typed before anything goes."""

    PAGE = "customers"
    HELP_TEXT = (
        "Invoices, sums, ids and aliases stay. What `usagebill erase` does; the audit says that it was done."
    )
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        ASK,
        EDIT,
        Action(id="erase.erase", keys="x", title="Erase for good", call="erase", footer="erase for good",
               help="Asks for the customer's id first; it cannot be taken back"),
    )  # fmt: skip
    EMPTY = "Nothing of this customer is personal."
    NOUN = "things"
    BUTTON = "Show what would go"

    def __init__(self, customer: str) -> None:
        super().__init__()
        self.customer = customer

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return f"Erase the personal data of {plain(self.customer, 60)}"

    def question(self, _workspace: "Workspace") -> Question:
        """Return the fields."""
        return Question(_FIELDS, {})

    def answer(self, workspace: "Workspace", values: Mapping[str, Any]) -> "Erased":
        """Say what would be erased."""
        return workspace.erase(self._asked(values, dry_run=True))

    def _asked(self, values: Mapping[str, Any], *, dry_run: bool) -> "Erasure":
        from usagebill_tui.billing.erasing import Erasure

        properties, keep = (tuple(values.get(key, ())) for key in ("properties", "keep"))
        return Erasure(customer=self.customer, properties=properties, keep=keep, dry_run=dry_run)

    def columns(self) -> Sequence[Column]:
        """Return the columns of what happens to one thing."""
        return (
            Column(key="kind", title="Kind", sortable=True, priority=1),
            Column(key="name", title="What", sortable=True),
            Column(key="rows", title="Rows", right=True, sortable=True),
            Column(key="outcome", title="Outcome", sortable=True),
            Column(key="reason", title="Reason", priority=2),
        )

    def rows(self, found: "Erased") -> Sequence[Sortable]:
        """Return a row for each thing."""
        return [_row(place, one) for place, one in enumerate(found.choices)]

    def told(self, values: Mapping[str, Any]) -> str:
        """Say whose data it is."""
        only = f" · only {', '.join(values['properties'])}" if values.get("properties") else ""
        keep = f" · but not {', '.join(values['keep'])}" if values.get("keep") else ""
        return plain(f"{self.customer}{only}{keep} · nothing is changed yet", 300)

    def sums(self, found: "Erased") -> Content:
        """Say how much would go, and which copies have to be deleted by hand."""
        gone = sum(one.outcome not in {"kept", "by hand"} for one in found.choices)
        by_hand = sum(one.outcome == "by hand" for one in found.choices)
        text = f"✗ {gone:,} of {len(found.choices):,} would be erased for good; x asks for the customer's id"
        if by_hand:
            text += f"\n! {by_hand:,} earlier copies hold the data as it was: delete them by hand"
        return Content(text)

    def action_erase(self) -> None:
        """Erase what is listed, once the customer's id is typed."""
        if not self.is_answered:
            self.app.notify("Look first at what would go: press enter in the form")
            return
        id_ = plain(self.customer, 60)

        def wrong(text: str) -> str | None:
            return None if text in {self.customer, id_} else f"that is not {id_}"

        text = f"It cannot be taken back. Type {id_} to erase what is listed."
        self.app.push_screen(
            AskDialog(self.title_text, text, check=wrong, do="Erase for good", danger=True), self._typed
        )

    def _typed(self, text: str | None) -> None:
        if text is not None:
            asked = self._asked(self.asked, dry_run=False)
            self.work(lambda workspace: workspace.erase(asked), self._erased, group="erase")

    def _erased(self, done: "Erased") -> None:
        rewritten = done.rewritten
        text = f"rewrote {rewritten.rows:,} events in {rewritten.files:,} segments; the audit says so"
        if done.unfinished:
            text = f"all of it is erased, but files may hold copies: {done.unfinished}; repair in Health"
        severity = "warning" if done.unfinished else "information"
        self.app.notify(plain(text, 300), title="Erased", severity=severity, markup=False)  # type: ignore[arg-type] # one of its two words
        self.app.pop_screen()


def _row(place: int, one: "Choice") -> Sortable:
    rows = "" if one.rows is None else f"{one.rows:,}"
    mark = _MARKS.get(one.outcome, f"✗ {one.outcome}")
    cells = (one.kind, cell(one.name, longest=80), rows, mark, cell(one.reason, longest=200))
    names = ("kind", "name", "rows", "outcome", "reason")
    return Sortable(Row(str(place), cells), {name: getattr(one, name) for name in names})
