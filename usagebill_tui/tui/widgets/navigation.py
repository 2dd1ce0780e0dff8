"""The line at the top: which workspace, which screen, and the way to the others."""

from textual.content import Content

from usagebill_tui.tui.actions import key_name
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.pages import PAGES, PageEntry
from usagebill_tui.tui.widgets.strip import ClickStrip

PRODUCTION = "production"


class Navigation(ClickStrip):
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

    def parts(self, room: int) -> list[tuple[Content, str]]:
        """Return the workspace, then the screens: closer, or by key alone, where their names do not fit."""
        mark, style = badge(self._workspace)
        name = Content.styled(f" {mark} {plain(self._workspace, 20).upper()} ", style)
        left = room - name.cell_length
        kinds = ([self._entry(page, form) for page in PAGES] for form in ("roomy", "close", "key"))
        entries: list[Content] = next(
            (kind for kind in kinds if sum(entry.cell_length for entry in kind) <= left),
            [self._entry(page, "key") for page in PAGES],
        )
        calls = [self._call(page) for page in PAGES]
        return [(name, "app.switch_workspace"), *zip(entries, calls, strict=True)]

    def _call(self, page: PageEntry) -> str:
        """Return what a click does; on the screen that this one is behind of, it goes back there."""
        behind = page.name == self._current and len(self.app.screen_stack) > 1
        return "app.go_back" if behind else f"app.page({page.name!r})"

    def _entry(self, page: PageEntry, form: str) -> Content:
        current = page.name == self._current
        own: dict[str, str] = getattr(self.app, "user_keys", {})
        key = key_name(own.get(f"page.{page.name}", page.key).split(",")[0])
        words = {"roomy": f" {key} {page.title} ", "close": f" {key} {page.title}", "key": f" {key}"}
        text = words["roomy" if current else form]
        return Content.styled(text, "bold $background on $primary" if current else "$foreground 80%")


def badge(workspace: str) -> tuple[str, str]:
    """Return the glyph and the style in which a workspace is named: only production is solid red."""
    if workspace == PRODUCTION:
        return "●", "bold $background on $error"
    return "○", "bold $background on $success"
