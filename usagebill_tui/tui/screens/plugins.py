"""Plugins: what is loaded, from where, what it adds, what failed and why."""

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Label, Static

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.locations import config_folder
from usagebill_tui.plugin.health import PluginState
from usagebill_tui.plugin.settings import disable_plugin, enable_plugin
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.extensions import Extensions
    from usagebill_tui.workspace import Workspace

_STATUS = {
    "ok": ("✓ loaded", "good"),
    "failed": ("✗ failed", "bad"),
    "disabled": ("○ disabled", "dim"),
    "unknown": ("? not loaded yet", "dim"),
}
_EMPTY = (
    "No plugins. Everything built in is there.\n\n"
    "Install a package that offers some, put a file into\n{}\nor run `usagebill plugins new`."
)


class PluginsPage(Page):
    """The list of plugins; one that failed stands there with its reason, and nothing else stops."""

    PAGE = "plugins"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            id="plugins.toggle",
            keys="e",
            title="Enable or disable",
            call="switch_plugin",
            footer="on/off",
            help="Holds for the command line too; what is loaded changes at the next start",
        ),
        Action(id="plugins.check", keys="c", title="Load again and try", call="check", footer="check"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._states: dict[str, PluginState] = {}

    def body(self) -> ComposeResult:
        """Yield the list, and below it the one under the cursor in full."""
        yield Listing(
            [
                Column(key="name", title="Name"),
                Column(key="version", title="Version", priority=1),
                Column(key="status", title="Status"),
                Column(key="adds", title="Adds", priority=1),
                Column(key="place", title="Place", priority=2),
            ],
            self._fetch,
            empty=_EMPTY.format(plain(config_folder() / "plugins")),
            noun="plugins",
        )
        with VerticalScroll(classes="panel", id="plugin-detail", can_focus=False):
            yield Label("", id="plugin-name")
            yield Static("", id="plugin-text")

    def load(self) -> None:
        """Load the list."""
        self.query_one(Listing).load()

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        states = self.desk.extensions.listed()
        self._states = {_key(state): state for state in states}
        rows = [_row(state) for state in states if asked.text.lower() in state.name.lower()]
        return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(states))

    def on_listing_moved(self, event: Listing.Moved) -> None:
        """Show the plugin in full."""
        state = self._states.get(event.key or "")
        detail = self.query_one("#plugin-detail")
        detail.display = state is not None
        if state is not None:
            self.query_one("#plugin-name", Label).update(content(state.name, "bold"))
            self.query_one("#plugin-text", Static).update(_detail(state))

    def action_switch_plugin(self) -> None:
        """Enable what is disabled, disable what is enabled."""
        state = self._states.get(self.query_one(Listing).key or "")
        if state is None:
            return
        change = enable_plugin if state.status == "disabled" else disable_plugin
        done = "enabled" if state.status == "disabled" else "disabled"
        self.work(
            lambda _: change(config_folder(), state.name),
            lambda _: self._toggled(f"{state.name} is {done} from the next start on"),
            group="toggle",
        )

    def _toggled(self, text: str) -> None:
        self.app.notify(str(content(text)), title="Plugins", markup=False)
        self._renew()
        self.load()

    def action_check(self) -> None:
        """Load all plugins again in this process, and show how they fare."""
        self.work(lambda _: self._renew().load(), lambda _: self.load(), group="check")

    def _renew(self) -> "Extensions":
        """Read anew which plugins are left alone."""
        from usagebill_tui.extensions import chosen_extensions

        old = self.desk.extensions
        if old.entry_points:
            own = config_folder() / "plugins"
            self.desk.extensions = chosen_extensions([f for f in old.folders if f != own])
        return self.desk.extensions


def _key(state: PluginState) -> str:
    return f"{state.name}|{state.place}"


def _row(state: PluginState) -> Row:
    word, style = _STATUS[state.status]
    adds = ", ".join(state.adds)
    return Row(_key(state), (state.name, state.version or "", Text(word, style=style), adds, state.place))


def _detail(state: PluginState) -> Text:
    word, style = _STATUS[state.status]
    text = Text()
    text.append(word, style)
    text.append(f"  {cell(state.place, longest=500).plain}\n", "dim")
    if state.reason:
        text.append(f"{cell(state.reason, longest=2000).plain}\n", "bad")
    for one in state.adds:
        text.append(f"adds {cell(one).plain}\n")
    return text
