"""A line of parts, each of which does something when it is clicked."""

from textual import events
from textual.content import Content
from textual.widget import Widget


class ClickStrip(Widget):
    """Draws its parts side by side and runs the action of the one that is clicked."""

    def parts(self, room: int) -> list[tuple[Content, str]]:
        """Return what is drawn in `room` columns, each part with the action of a click (empty: none)."""
        del room
        return []

    def render(self) -> Content:
        """Draw the parts."""
        return Content("").join(part for part, _ in self.parts(self.size.width))

    @property
    def target(self) -> Widget:
        """Return whose actions the parts name."""
        return self.screen

    async def on_click(self, event: events.Click) -> None:
        """Run the action of the part under the pointer."""
        left = 0
        for part, call in self.parts(self.size.width):
            left += part.cell_length
            if event.x < left:
                if call:
                    await self.target.run_action(call)
                return
