"""The footer: the few keys that matter most here, `? help` first; it gives way on a small screen."""

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from usagebill_tui.tui.actions import Action, key_name

MOST = 6


class KeyBar(Widget):
    """Shows the actions that are given to it, as many as fit; a click does them."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    def __init__(self, actions: tuple[Action, ...]) -> None:
        super().__init__()
        self._actions = actions

    def show_actions(self, actions: tuple[Action, ...]) -> None:
        """Show other actions from now on."""
        self._actions = actions
        self.refresh()

    def render(self) -> Content:
        """Draw `? help` and up to five more, leaving out what does not fit."""
        keys = getattr(self.app, "user_keys", {})
        shown: list[Content] = []
        room = self.size.width
        for action in [a for a in self._actions if a.footer][:MOST]:
            key = key_name(keys.get(action.id, action.key).split(",")[0])
            part = Content.assemble(
                (key, "bold $footer-key-foreground"), (f" {action.footer}", "$foreground")
            ).stylize(f"@click={_target(action.call)}")
            room -= part.cell_length + (2 if shown else 0)
            if room < 0:
                break
            shown.append(part)
        return Content("  ").join(shown)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Take the whole line."""
        del viewport
        return container.width


def _target(call: str) -> str:
    """Return the action as a click on this widget must name it: on the screen, unless it says where."""
    full = call if call.startswith(("app.", "screen.")) else f"screen.{call}"
    return full if "(" in full else f"{full}()"
