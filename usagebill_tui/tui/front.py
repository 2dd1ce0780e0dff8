"""What screens and dialogs share: each is styled and laid out once as it opens, not three times."""

from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual import events
from textual._context import active_app
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen

STYLES = str(Path(__file__).with_name("usagebill.tcss"))
"""The styles of all but the first frame; whoever opens a screen first reads them."""
T = TypeVar("T")


class Front(Screen[T]):
    """A screen that has its shape (`-wide`, `-low` …) from the start, and does nothing twice as it opens."""

    CSS_PATH: ClassVar[str | None] = STYLES

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(name, id, classes)
        self._dressed: str | None = None
        app = active_app.get(None)
        if app is not None:
            self.add_class(*shape(app, app.size), update=False)

    def on_resize(self, event: events.Resize) -> None:
        """Lay nothing out again where the size and the shape are what they were."""
        if event.size == self.size and self.has_class(*shape(self.app, event.size)):
            event.stop()
            event.prevent_default()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Style nothing again unless the theme is another one: what opens has just been styled."""
        event.refresh_styles = self._dressed not in {None, self.app.theme}
        self._dressed = self.app.theme


def read_styles(app: App[Any]) -> None:
    """Read the styles that the first frame went without, so that the next screen need not."""
    if not app.stylesheet.has_source(STYLES):
        app.stylesheet.read(STYLES)
        app.stylesheet.reparse()


def shape(app: App[Any], size: Size) -> list[str]:
    """Return the classes of a screen of this size."""
    of = ((app.HORIZONTAL_BREAKPOINTS, size.width), (app.VERTICAL_BREAKPOINTS, size.height))
    return [
        max((least, name) for least, name in breakpoints if least <= length)[1]
        for breakpoints, length in of
        if breakpoints
    ]
