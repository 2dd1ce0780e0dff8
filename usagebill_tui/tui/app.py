"""The application: screens, themes, keys, and the one poll that notices changes."""

import asyncio
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from usagebill_tui.tui.actions import Action, bindings, key_name
from usagebill_tui.tui.colours import show_colours
from usagebill_tui.tui.desk import Desk
from usagebill_tui.tui.garbage import Garbage
from usagebill_tui.tui.pages import PAGES, entry_of, page_of
from usagebill_tui.tui.palette import Actions
from usagebill_tui.tui.screens.page import COMMON, Page
from usagebill_tui.tui.stylesheet import KeptStylesheet
from usagebill_tui.tui.themes import DARK, OURS
from usagebill_tui.tui.work import show_error

_LOOK_EVERY = 1.0
_SWITCHING = 0.01
_BETWEEN = "between"
"""The mode that is shown for a moment while all others are made anew."""

ACTIONS: tuple[Action, ...] = (
    Action(
        id="quit", keys="ctrl+c,ctrl+q", title="Quit", call="app.leave", help="Asks where work is under way"
    ),
    Action(id="back", keys="escape,q", title="Back, or quit from a main screen", call="app.go_back"),
    Action(id="palette", keys="ctrl+p", title="Find an action", call="app.command_palette"),
    Action(id="workspace", keys="w", title="Switch workspace", call="app.switch_workspace"),
    Action(id="theme", keys="ctrl+t", title="Next theme", call="app.next_theme"),
    Action(id="refresh", keys="ctrl+r,f5", title="Load again", call="app.refresh_page"),
)


class UsagebillApp(App[None]):
    """The terminal interface over one workspace at a time."""

    TITLE = "usagebill"
    CSS_PATH = "first.tcss"
    ACTIONS: ClassVar[tuple[Action, ...]] = ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(ACTIONS),
        *bindings(
            Action(id=f"page.{p.name}", keys=p.key, title=f"Go to {p.title}", call=f"page({p.name!r})")
            for p in PAGES
        ),
    ]
    COMMANDS = {Actions}
    MODES = {p.name: partial(page_of, p.name) for p in PAGES}
    DEFAULT_MODE = "home"
    HORIZONTAL_BREAKPOINTS = [
        (0, "-narrow"),
        (70, "-normal"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]

    def __init__(self, desk: Desk, *, theme: str = DARK.name, keys: dict[str, str] | None = None) -> None:
        super().__init__()
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        self.desk = desk
        self.user_keys: dict[str, str] = keys or {}
        """The user's own keys, by action id."""
        for ours in OURS:
            self.register_theme(ours)
        self.theme = theme if theme in self.available_themes else DARK.name
        self.set_keymap(self.user_keys)
        self._seen: object = None
        self._garbage = Garbage()

    def on_mount(self) -> None:
        """Begin to look for changes, and to listen for whoever ends programs."""
        self._show_colours()
        self.set_interval(_LOOK_EVERY, self._look)
        self._leave_when_told()

    def _leave_when_told(self) -> None:
        """Leave on SIGTERM with what was typed kept and the terminal clean; nobody is there to be asked."""
        loop = asyncio.get_running_loop()
        # Windows has no such signals, and no thread but the first is told of them.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGTERM, self.call_later, self._leave)

    def watch_theme(self) -> None:
        """Give the styles of tables the colours of the theme, once its variables are those of another one."""
        self.call_next(self._show_colours)

    def _show_colours(self) -> None:
        show_colours(self.console, self.theme_variables)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer only our own actions; see `palette`."""
        del screen
        return ()

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is at work."""
        if isinstance(event, events.InputEvent):
            self._garbage.key_came()
        await super().on_event(event)

    def delay_update(self, delay: float = _SWITCHING) -> None:
        """Hold back what is half drawn for as long as it takes to open a screen; Textual holds it longer."""
        super().delay_update(min(delay, _SWITCHING))

    # Going about

    def action_page(self, name: str) -> None:
        """Show a main screen."""
        if isinstance(self.screen, Page):
            self.switch_mode(entry_of(name).name)

    def action_open(self, name: str) -> None:
        """Show one of the screens behind the main ones."""
        from usagebill_tui.tui.pages import place_of

        if isinstance(self.screen, Page):
            self.push_screen(place_of(name))

    def action_go_back(self) -> None:
        """Close the screen in front; from a main screen, leave."""
        front = self.screen
        if len(self.screen_stack) < 2:  # noqa: PLR2004 - the one in front, and one behind it
            self.action_leave()
        elif isinstance(front, Page):
            front.before_leaving(lambda: self._close(front))
        else:
            self.pop_screen()

    def _close(self, page: Page) -> None:
        """Close a screen, unless something else is in front of it by now."""
        if self.screen is page:
            self.pop_screen()

    def action_leave(self) -> None:
        """Leave; ask first where work is under way."""
        self._unless_busy(self._leave, "Leave", "Leaving")

    def _unless_busy(self, do: Callable[[], object], verb: str, doing: str) -> None:
        """Do what closes every screen; ask first where work of theirs is under way."""
        busy = [text for node in self._open_screens() if (text := getattr(node, "under_way", lambda: "")())]
        if not busy:
            do()
            return
        from usagebill_tui.tui.dialogs.confirm import Confirm

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                do()

        effect = f"{'; '.join(busy)}. {doing} stops it; nothing of it is kept."
        self.push_screen(Confirm(f"{verb} while work is under way?", effect, verb), answered)

    def _leave(self) -> None:
        """Leave once every open form has kept what was typed."""
        leave: Callable[[], object] = self.exit
        for screen in self._open_screens():
            if isinstance(screen, Page):
                leave = partial(screen.before_leaving, leave)
        leave()

    def _open_screens(self) -> Iterable[DOMNode]:
        for stack in self._screen_stacks.values():
            yield from stack

    def action_help(self) -> None:
        """Explain the focused part, the screen and the application."""
        from usagebill_tui.tui.dialogs.help import HelpDialog, HelpPart

        parts = []
        focused = self.focused
        if focused is not None:
            name = getattr(focused, "HELP_NAME", type(focused).__name__)
            text = getattr(focused, "HELP_TEXT", "")
            parts.append(HelpPart.of_bindings(name, text, (b for _, b in focused._bindings)))  # noqa: SLF001 - Textual has no other way to a widget's own bindings
        if isinstance(self.screen, Page):
            actions = (*COMMON, *self.screen.ACTIONS)
            parts.insert(
                0,
                HelpPart.of_actions(self.screen.title_text, self.screen.HELP_TEXT, actions, self.user_keys),
            )
        parts.append(HelpPart.of_actions("Everywhere", "", self.ACTIONS, self.user_keys))
        keys = self.user_keys
        rows = [(key_name(keys.get(f"page.{p.name}", p.key)), f"{p.title}: {p.help}") for p in PAGES]
        parts.append(HelpPart("Screens", "", rows))
        self.push_screen(HelpDialog([part for part in parts if part.rows]))

    def action_next_theme(self) -> None:
        """Take the next theme."""
        from usagebill_tui.tui.themes import NAMES

        place = NAMES.index(self.theme) if self.theme in NAMES else -1
        self.choose_theme(NAMES[(place + 1) % len(NAMES)])

    def choose_theme(self, name: str) -> None:
        """Take a theme, now and at the next start."""
        from usagebill_tui.tui.memory import remember_theme

        self.theme = name
        remember_theme(name)

    def action_refresh_page(self) -> None:
        """Load the screen in front again."""
        if isinstance(self.screen, Page):
            self.screen.reload()

    # Workspaces

    def action_switch_workspace(self) -> None:
        """Choose another workspace."""
        from usagebill_tui.tui.dialogs.workspaces import WorkspacesDialog

        if not isinstance(self.screen, Page):
            return
        names = self.desk.names()

        def chosen(name: str | None) -> None:
            if name is not None and name != self.desk.name:
                self.enter_workspace(name)

        self.push_screen(WorkspacesDialog(names, self.desk.name), chosen)

    def enter_workspace(self, name: str) -> None:
        """Work in another workspace from now on; every screen of the one before is closed."""

        def enter() -> None:
            page = self.screen
            if isinstance(page, Page):
                page.work(lambda _: self.desk.switch(name), lambda _: self._afresh(), group="workspace")

        self._unless_busy(enter, "Switch", "Switching")

    async def _afresh(self) -> None:
        """Make every screen anew, and begin at home."""
        if _BETWEEN not in self._modes:
            self.add_mode(_BETWEEN, Screen)
        await self.switch_mode(_BETWEEN)
        for page in PAGES:
            await self.remove_mode(page.name)
            self.add_mode(page.name, self.MODES[page.name])
        await self.switch_mode(self.DEFAULT_MODE)
        self.notify(self.desk.name, title="Workspace", markup=False)

    # Changes

    def _look(self) -> None:
        now = self.desk.fingerprint()
        if now is not None:
            self._garbage.loaded()
        self._garbage.look()
        if now != self._seen:
            first, self._seen = self._seen is None, now
            if not first and now is not None and isinstance(self.screen, Page):
                self.screen.workspace_changed()

    def show_error(self, error: Exception) -> None:
        """Show what went wrong."""
        show_error(self, error)

    def on_unmount(self) -> None:
        """Let go of the workspace."""
        self.desk.close()
        self._garbage.end()
