"""The footer: the few keys that matter most here, `? help` first; it gives way on a small screen."""

from textual.content import Content

from usagebill_tui.tui.actions import Action, key_name
from usagebill_tui.tui.widgets.strip import ClickStrip

MOST = 6
_MENU = " ≡ "


class ActionLine(ClickStrip):
    """Shows the actions that are given to it, as many as fit; a click does them."""

    DEFAULT_CSS = "ActionLine { height: 1; }"
    most: int | None = None
    """How many are shown; all that fit where it is None."""

    def __init__(self, actions: tuple[Action, ...]) -> None:
        super().__init__()
        self._actions = actions

    def show_actions(self, actions: tuple[Action, ...]) -> None:
        """Show other actions from now on."""
        self._actions = actions
        self.refresh()

    def parts(self, room: int) -> list[tuple[Content, str]]:
        """Return the actions by key and short name, leaving out what does not fit."""
        keys: dict[str, str] = getattr(self.app, "user_keys", {})
        shown: list[tuple[Content, str]] = []
        for action in [a for a in self._actions if a.footer][: self.most]:
            key = key_name(keys.get(action.id, action.key).split(",")[0])
            part = Content.assemble((f" {key}", "bold $footer-key-foreground"), f" {action.footer} ")
            room -= part.cell_length
            if room < 0:
                break
            shown.append((part, action.call))
        return shown


class KeyBar(ActionLine):
    """The footer: `? help`, up to five more, and at its end the way to all others."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 1; background: $panel; color: $foreground; }
    """
    most = MOST

    def parts(self, room: int) -> list[tuple[Content, str]]:
        """Return the actions, and `≡`, which lists all that can be done here."""
        shown = super().parts(room - len(_MENU))
        return [*shown, (Content.styled(_MENU, "bold $footer-key-foreground"), "app.command_palette")]
