"""A block: a part of a screen that can be focused and leads somewhere."""

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static


class Block(Vertical, can_focus=True):
    """Shows something under a title; enter or a click runs the screen's action `call`."""

    HELP_NAME = "Block"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open its screen", show=False),
        Binding("down,right,j,l", "app.focus_next", "Next block", show=False),
        Binding("up,left,k,h", "app.focus_previous", "Block before", show=False),
    ]

    def __init__(self, title: str, call: str, *, inside: Widget | None = None, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id, classes="block")
        self.border_title = title
        self._call = call
        self._inside = inside or Static("…", classes="block-text")

    def compose(self) -> ComposeResult:
        """Yield what is inside."""
        yield self._inside

    def show(self, *lines: RenderableType) -> None:
        """Show other lines."""
        if isinstance(self._inside, Static):
            self._inside.update(Group(*lines) if lines else Text(""))

    def lead_to(self, call: str) -> None:
        """Lead elsewhere from now on."""
        self._call = call

    async def action_open(self) -> None:
        """Go where the block leads."""
        await self.screen.run_action(self._call)

    async def on_click(self, event: events.Click) -> None:
        """Go where the block leads."""
        event.stop()
        await self.action_open()
