"""Choosing another workspace."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content
from usagebill_tui.tui.widgets.keybar import ActionLine
from usagebill_tui.tui.widgets.navigation import badge


class WorkspacesDialog(Dialog[str | None]):
    """Lists the workspaces; enter or a click chooses one."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="workspaces.close", keys="escape,q", title="Stay", call="stay", footer="stay"),
    )
    BINDINGS = bindings(ACTIONS)

    def __init__(self, names: Sequence[str], current: str) -> None:
        super().__init__()
        self._names, self._current = names, current

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        with Vertical(classes="dialog"):
            yield Label("Work in which workspace?", classes="title")
            yield OptionList(*(self._option(name) for name in self._names), compact=True)
            yield Label("enter opens; workspaces share nothing", classes="hint")
            yield ActionLine(self.ACTIONS)

    def _option(self, name: str) -> Option:
        mark, _ = badge(name)
        here = "  ← you are here" if name == self._current else ""
        return Option(content(f"{mark} {name}{here}"), id=name)

    def on_mount(self) -> None:
        """Rest on the workspace at hand."""
        options = self.query_one(OptionList)
        options.highlighted = self._names.index(self._current) if self._current in self._names else 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the name."""
        event.stop()
        self.dismiss(event.option.id)

    def action_stay(self) -> None:
        """Choose none."""
        self.dismiss(None)
