"""What every screen is: navigation, a body, a footer; and how it loads what it shows."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Tabs

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.front import Front
from usagebill_tui.tui.pages import entry_of
from usagebill_tui.tui.widgets.keybar import KeyBar
from usagebill_tui.tui.widgets.navigation import Navigation
from usagebill_tui.tui.work import Guarded

COMMON: tuple[Action, ...] = (
    Action(id="help", keys="question_mark,f1", title="Help", call="app.help", footer="help"),
    Action(id="tabs.next", keys="greater_than_sign", title="Next tab", call="tab(1)"),
    Action(id="tabs.previous", keys="less_than_sign", title="Previous tab", call="tab(-1)"),
)


class Page(Guarded, Front[None]):
    """A screen of the application.

    A subclass names the main screen that it belongs to in `PAGE`, declares its `ACTIONS`, yields its widgets
    in `body`, and asks for its data in `load`, which runs when it opens, when it comes back to the front
    after a change, and when the workspace has changed under it.
    """

    PAGE: ClassVar[str]
    ACTIONS: ClassVar[tuple[Action, ...]] = ()
    HELP_TEXT: ClassVar[str] = ""
    AUTO_FOCUS = "Listing DataTable, Form Input"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Bind the keys of the declared actions."""
        cls.BINDINGS = bindings((*COMMON, *cls.ACTIONS))
        super().__init_subclass__(**kwargs)

    def __init__(self) -> None:
        super().__init__()
        self._seen: object = None
        self._loaded = False

    def compose(self) -> ComposeResult:
        """Lay out navigation, body and footer."""
        yield Navigation(self.desk.name, self.PAGE)
        with Container(id="body"):
            yield from self.body()
        yield KeyBar(self.footer_actions())

    def body(self) -> ComposeResult:
        """Yield the widgets between navigation and footer."""
        yield from ()

    async def complete(self) -> None:
        """Add what the first frame goes without, before anything is loaded."""

    def load(self) -> None:
        """Ask the workspace for what is shown, by `work`; keep cursor and scroll where possible."""

    def footer_actions(self) -> tuple[Action, ...]:
        """Return the actions whose short names stand in the footer, most important first."""
        return (*COMMON, *self.ACTIONS)

    @property
    def title_text(self) -> str:
        """Return what the screen is called in the help."""
        return entry_of(self.PAGE).title

    def on_mount(self) -> None:
        """Load once the first frame is drawn."""
        # While the application starts nothing is drawn, and its own turn comes after that.
        self.app.call_later(self.call_after_refresh, self._first_load)

    def on_screen_resume(self, _event: events.ScreenResume) -> None:
        """Load again where something changed while another screen was in front."""
        if self._loaded and self.desk.fingerprint() != self._seen:
            self.reload()

    def reload(self) -> None:
        """Load what is shown again, unless the screen is being taken away, some of its parts gone already."""
        if self._is_gone() or not self.query("#body"):
            return
        self._seen = self.desk.fingerprint()
        self.load()

    def before_leaving(self, leave: Callable[[], object]) -> None:
        """Call `leave` once nothing would be lost by it."""
        leave()

    def workspace_changed(self) -> None:
        """Load again: somebody changed the workspace."""
        if self._loaded:
            self.reload()

    def action_tab(self, by: int) -> None:
        """Show a neighbouring tab, where the screen has some."""
        for tabs in self.query(Tabs):
            if by > 0:
                tabs.action_next_tab()
            else:
                tabs.action_previous_tab()

    async def _first_load(self) -> None:
        if not self.query("#body") or not all(widget.is_mounted for widget in self.query("#body, #body *")):
            # Widgets, and those within them, may come a little later; what is loaded is shown in them.
            # A screen that asks again at once lets nothing else run, and they, or a toast, never come.
            await asyncio.sleep(0)
            self.call_after_refresh(self._first_load)
            return
        await self.complete()
        self._loaded = True
        self.reload()
