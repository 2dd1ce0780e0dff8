"""Choosing a recipe: a ready catalogue for a common way to sell."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.widgets.keybar import ActionLine


class RecipesDialog(Dialog[str | None]):
    """Lists the recipes with what each is for; enter or a click chooses one, by its name."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="recipes.close", keys="escape,q", title="Cancel", call="leave", footer="cancel"),
    )
    BINDINGS = bindings(ACTIONS)

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        from usagebill_tui.billing.recipes import RECIPES

        with Vertical(classes="dialog -wide"):
            yield Label("Which ready catalogue?", classes="title")
            yield OptionList(
                *(
                    Option(Content.assemble((one.name, "bold"), "\n  ", (one.about, "dim")), id=one.name)
                    for one in RECIPES
                ),
                id="recipes",
                compact=True,
            )
            yield Label("enter shows what it would add; nothing is stored yet", classes="hint")
            yield ActionLine(self.ACTIONS)

    def on_mount(self) -> None:
        """Rest on the first."""
        options = self.query_one(OptionList)
        options.highlighted = 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the name."""
        event.stop()
        self.dismiss(event.option.id)

    def action_leave(self) -> None:
        """Choose none."""
        self.dismiss(None)
