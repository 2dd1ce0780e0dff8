"""Settings and workspaces: where one works, how it looks, which key does what."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.widgets import Label, OptionList, Static, TabbedContent, TabPane
from textual.widgets.option_list import Option

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.locations import config_folder
from usagebill_tui.tui.actions import Action, key_name
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.screens.page import COMMON, Page
from usagebill_tui.tui.screens.workspace_actions import ON_ONE, OTHERS, WorkspaceActions, stores_of
from usagebill_tui.tui.themes import NAMES
from usagebill_tui.tui.widgets.keybar import ActionLine
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row
from usagebill_tui.tui.widgets.navigation import badge

if TYPE_CHECKING:
    from usagebill_tui.billing.catalogue.applying import Applied
    from usagebill_tui.workspace import Workspace

_SHOWN = 12


class SettingsPage(WorkspaceActions):
    """Workspaces, themes and keys."""

    PAGE = "settings"
    AUTO_FOCUS = "#workspaces"
    ACTIONS: ClassVar[tuple[Action, ...]] = (*ON_ONE[:2], *OTHERS, *ON_ONE[2:])

    def body(self) -> ComposeResult:
        """Yield a tab for each matter."""
        with TabbedContent():
            with TabPane("Workspaces", id="tab-workspaces"), Vertical():
                yield Static("", id="workspace-here")
                yield OptionList(id="workspaces", compact=True)
                yield ActionLine(ON_ONE)
                yield ActionLine(OTHERS)
            with TabPane("Theme", id="tab-theme"), Vertical():
                yield OptionList(*(Option(name, id=name) for name in NAMES), id="themes", compact=True)
                yield Label(
                    "ansi themes take your terminal's own colours; NO_COLOR is honoured", classes="hint"
                )
            with TabPane("Keys", id="tab-keys"):
                yield Listing(
                    [
                        Column(key="key", title="Key"),
                        Column(key="title", title="Does"),
                        Column(key="id", title="Id", priority=1),
                    ],
                    self._keys,
                    empty="",
                    noun="keys",
                )

    def load(self) -> None:
        """Load the workspaces and the keys."""
        home, now = self.desk.home, self.desk.clock()
        self.work(
            lambda _: {name: stores_of(home, name, now) for name in self.desk.names()}, self._show_names
        )
        self.query_one(Listing).load()

    def _show_names(self, names: Mapping[str, Sequence[str]]) -> None:
        options = self.query_one("#workspaces", OptionList)
        place = options.highlighted
        options.clear_options()
        options.add_options(
            Option(content(self._named(name, stores)), id=name) for name, stores in names.items()
        )
        options.highlighted = place if place is not None else list(names).index(self.desk.name)
        here = f"In {plain(self.desk.name)}, below {plain(self.desk.home.path)}"
        self.query_one("#workspace-here", Static).update(content(here))
        themes = self.query_one("#themes", OptionList)
        themes.highlighted = NAMES.index(self.app.theme) if self.app.theme in NAMES else None

    def _named(self, name: str, stores: Sequence[str]) -> str:
        mark, _ = badge(name)
        servers = f"  {', '.join(stores)}" if stores else ""
        return f"{mark} {name}{'  ← you are here' if name == self.desk.name else ''}{servers}"

    @property
    def chosen(self) -> str | None:
        """Return the workspace under the cursor."""
        options = self.query_one("#workspaces", OptionList)
        return None if options.highlighted is None else options.get_option_at_index(options.highlighted).id

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Work in the workspace, or take the theme."""
        event.stop()
        if event.option_list.id == "themes":
            self.app.choose_theme(str(event.option.id))  # type: ignore[attr-defined] # our own application
        else:
            self.action_open()

    def action_open(self) -> None:
        """Work in the workspace under the cursor."""
        name = self.chosen
        if name is not None and name != self.desk.name:
            self.app.enter_workspace(name)  # type: ignore[attr-defined] # our own application

    def action_copy_catalogue(self) -> None:
        """Show what copying another workspace's catalogue would change here, and do it when agreed."""
        name = self.chosen
        if name is None or name == self.desk.name:
            self.app.notify("Choose another workspace to copy from", title="Copy catalogue")
            return
        self.work(lambda workspace: self._copied(workspace, name, dry_run=True), lambda a: self._ask(name, a))

    def _copied(self, workspace: "Workspace", name: str, *, dry_run: bool) -> "Applied":
        with self.desk.named(name) as origin:
            text = origin.export_catalogue(customers=False)
        return workspace.apply_catalogue_text(text, f"catalogue of {name}", dry_run=dry_run)

    def _ask(self, name: str, applied: "Applied") -> None:
        if not applied.changes:
            self.app.notify(f"{self.desk.name} has all of it already", title="Copy catalogue", markup=False)
            return
        lines = [f"{change.action} {change.noun} {plain(change.key, 40)}" for change in applied.changes]
        more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        effect = "\n".join([*lines[:_SHOWN], *more, "Customers and events stay apart."])
        title = f"Copy the catalogue of {name} into {self.desk.name}?"

        def answered(sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
            if sure:
                self.work(
                    lambda workspace: self._copied(workspace, name, dry_run=False),
                    lambda done: self.app.notify(f"{len(done.changes)} added or changed", title="Copied"),
                    group="copy",
                )

        self.app.push_screen(Confirm(title, effect, "Copy"), answered)

    def _keys(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        keys: dict[str, str] = getattr(self.app, "user_keys", {})
        rows = [
            Row(a.id, (" ".join(key_name(k) for k in keys.get(a.id, a.keys).split(",")), a.title, a.id))
            for a in (*_everywhere(self.app), *_every_action())
            if asked.text.lower() in f"{a.id} {a.title}".lower()
        ]
        rows.append(
            Row("how", ("", f'change one in {config_folder() / "config.toml"}: [keys] "id" = "key"', ""))
        )
        return PageFound(rows[asked.offset : asked.offset + asked.limit], len(rows), len(rows))


def _everywhere(app: App[Any]) -> list[Action]:
    """Return the actions of the application, and the way to each main screen."""
    from usagebill_tui.tui.pages import PAGES

    going = [
        Action(id=f"page.{p.name}", keys=p.key, title=f"Go to {p.title}", call=f"app.page({p.name!r})")
        for p in PAGES
    ]
    return [*getattr(app, "ACTIONS", ()), *going]


def _every_action() -> list[Action]:
    """Return the actions of all screens and of their forms, each once."""
    screens = "usagebill_tui.tui.screens"
    found = {action.id: action for action in COMMON}
    for entry in iter_modules(import_module(screens).__path__):
        for kind in vars(import_module(f"{screens}.{entry.name}")).values():
            if isinstance(kind, type) and issubclass(kind, Page):
                found |= {action.id: action for action in kind.ACTIONS}
    return list(found.values())
