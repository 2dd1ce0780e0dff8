"""What every dialog is: in front of a screen that stays in sight, dimmed."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen

from usagebill_tui.tui.front import Front

T = TypeVar("T")
_STYLES = 4096
_PLAIN = Style()


class Dialog(ModalScreen[T], Front[T]):
    """A dialog; a screen behind it has few styles, and each of them is dimmed once."""

    def render(self) -> RenderableType:
        """Draw what is behind the dialog."""
        behind = super().render()
        return Dimmed(behind.screen, behind.color) if isinstance(behind, BackgroundScreen) else behind


class Dimmed(BackgroundScreen):
    """A screen as it looks from behind a dialog: Textual mixes the colours of every word of it anew."""

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        """Mix the colour into all segments, and take links and actions out of them."""
        for text, style, control in segments:
            yield Segment(text, style if control else _dimmed(style or _PLAIN, color), control)


@lru_cache(_STYLES)
def _dimmed(style: Style, colour: Color) -> Style:
    (mixed,) = BackgroundScreen.process_segments([Segment(" ", style)], colour)
    return mixed.style or _PLAIN
