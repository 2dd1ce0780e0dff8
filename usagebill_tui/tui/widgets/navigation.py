"""The line at the top: which workspace, which screen, and the way to the others."""

from textual.content import Content
from textual.widget import Widget

from usagebill_tui.tui.pages import PAGES

PRODUCTION = "production"


class Navigation(Widget):
    """Names the workspace in word and colour, and the main screens with their keys; a click opens one."""

    DEFAULT_CSS = """
    Navigation { dock: top; height: 1; background: $panel; color: $foreground; }
    """

    def __init__(self, workspace: str, current: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._current = current

    def show_workspace(self, workspace: str) -> None:
        """Name another workspace from now on."""
        self._workspace = workspace
        self.refresh()

    def render(self) -> Content:
        """Draw the workspace, then as many screens as fit around the current one."""
        mark, style = badge(self._workspace)
        parts = [Content.styled(f" {mark} {self._workspace.upper()} ", style)]
        room = self.size.width - parts[0].cell_length
        entries = [self._entry(place) for place in range(len(PAGES))]
        if sum(entry.cell_length for entry in entries) > room:
            entries = [self._entry(place, short=True) for place in range(len(PAGES))]
        return Content("").join([*parts, *entries])

    def _entry(self, place: int, *, short: bool = False) -> Content:
        page = PAGES[place]
        current = page.name == self._current
        text = f" {page.key} {page.title} " if current or not short else f" {page.key}"
        style = "bold $background on $primary" if current else "$foreground"
        return Content.styled(text, style).stylize(f"@click=app.page({page.name!r})")


def badge(workspace: str) -> tuple[str, str]:
    """Return the glyph and the style in which a workspace is named: only production is solid red."""
    if workspace == PRODUCTION:
        return "●", "bold $background on $error"
    return "○", "bold $background on $success"
