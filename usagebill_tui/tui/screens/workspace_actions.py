"""What can be done with whole workspaces: made on any stores, copied, backed up, restored, deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usagebill_tui.addresses import is_address, shown
from usagebill_tui.errors import UsagebillError
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.ask import AskDialog
from usagebill_tui.tui.dialogs.ask_form import AskForm
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.forms.field import Field
from usagebill_tui.tui.screens.move_stores import STORES, MoveStoresPage, name_problem, servers_of
from usagebill_tui.tui.screens.page import Page

if TYPE_CHECKING:
    from usagebill_tui.homes import Home
    from usagebill_tui.workspace import Workspace

ON_ONE: tuple[Action, ...] = (
    Action(id="settings.open", keys="o", title="Work in this workspace", call="open", footer="open"),
    Action(id="settings.copy", keys="c", title="Copy its catalogue here", call="copy_catalogue",
           footer="copy catalogue",
           help="Metrics, products and plans of the workspace under the cursor, into the one at hand"),
    Action(id="settings.backup", keys="b", title="Back it up to a file", call="backup", footer="back up"),
    Action(id="settings.move", keys="m", title="Copy it to other stores", call="move", footer="other stores",
           help="From a folder to servers or back; goes on where it stopped"),
    Action(id="settings.delete", keys="D", title="Delete the workspace", call="delete", footer="delete",
           help="Asks for its name first; it cannot be taken back"),
)  # fmt: skip
"""What can be done to the workspace under the cursor."""

OTHERS: tuple[Action, ...] = (
    Action(id="settings.new", keys="n", title="New workspace", call="new", footer="new workspace",
           help="In a folder, or on PostgreSQL, ClickHouse or a bucket"),
    Action(id="settings.restore", keys="r", title="Make a workspace of a backup", call="restore",
           footer="restore"),
    Action(id="settings.health", keys="v", title="Health", call="app.open('health')", footer="health",
           help="What doctor and verify find"),
    Action(id="settings.catalogue", keys="f", title="Catalogue file", call="app.open('catalogue')",
           footer="catalogue file"),
    Action(id="settings.audit", keys="a", title="Audit", call="app.open('audit')", footer="audit"),
)  # fmt: skip
_NEW = (
    Field(key="name", title="Name", required=True, help="Letters, digits, - and _; the folder is called so"),
    *STORES,
    Field(key="join", title="Join", kind="flag", help="Use what somebody else created there"),
)
_SUFFIX = ".tar"


class WorkspaceActions(Page):
    """A screen with a workspace under its cursor."""

    @property
    def chosen(self) -> str | None:
        """Return the workspace under the cursor."""
        raise NotImplementedError

    def _enter(self, name: str) -> None:
        self.app.enter_workspace(name)  # type: ignore[attr-defined] # our own application

    # Making

    def action_new(self) -> None:
        """Make another workspace, and work in it."""
        dialog = AskForm("New workspace", _NEW, do="Create", check=_wrong)
        self.app.push_screen(dialog, self._create)

    def _create(self, values: Mapping[str, Any] | None) -> None:
        if values is None:
            return
        home, now, name = self.desk.home, self.desk.clock(), str(values["name"])

        def create(_workspace: "Workspace") -> None:
            from usagebill_tui.stores import create_workspace

            create_workspace(home, name, now, servers_of(values))

        self.work(create, lambda _: self._enter(name), group="create")

    def action_move(self) -> None:
        """Copy the workspace under the cursor to other stores."""
        if self.chosen is not None:
            self.app.push_screen(MoveStoresPage(self.chosen))

    # Backups

    def action_backup(self) -> None:
        """Write a backup of the workspace under the cursor."""
        name = self.chosen
        if name is None:
            return
        suggested = f"{name}-{self.desk.clock():%Y-%m-%d}{_SUFFIX}"
        text = "A file that is not there yet; the workspace may be in use."
        dialog = AskDialog(f"Back up {name} to which file?", text, value=suggested, check=_folder_problem)
        self.app.push_screen(dialog, partial(self._back_up, name))

    def _back_up(self, name: str, file: str | None) -> None:
        if file is None:
            return
        path, home, now = Path(file).expanduser(), self.desk.home, self.desk.clock()

        def back_up_to(_workspace: "Workspace") -> int:
            from usagebill_tui.backups import back_up

            fixed = home.fixed(name, now)
            with self.desk.named(name) as other:
                count = back_up(home.folder(name), fixed, path)
                other.note_backup(path.absolute(), count)
            return count

        self.work(
            back_up_to,
            lambda count: self._tell("Backup", f"the database and {count:,} segments are in {path}"),
            group="backup",
        )

    def action_restore(self) -> None:
        """Choose a backup."""
        from usagebill_tui.tui.dialogs.choose_file import ChooseFiles

        self.app.push_screen(ChooseFiles(Path.cwd(), (_SUFFIX, ".bak", ".backup")), self._name_restored)

    def _name_restored(self, files: Sequence[str] | None) -> None:
        if not files:
            return
        text = f"Everything in {Path(files[0]).name} is checked first; one that exists is never touched."
        dialog = AskDialog("Name of the restored workspace", text, check=name_problem)
        self.app.push_screen(dialog, partial(self._restore, files[0]))

    def _restore(self, file: str, name: str | None) -> None:
        if name is None:
            return
        home = self.desk.home

        def restore_from(_workspace: "Workspace") -> int:
            from usagebill_tui.backups import restore

            return restore(home, name, Path(file))

        self.work(restore_from, partial(self._restored, name), group="backup")

    def _restored(self, name: str, count: int) -> None:
        self._tell("Restored", f"{name}: {count:,} segments; Health, v reads them all again")
        self._enter(name)

    # Deleting

    def action_delete(self) -> None:
        """Delete the workspace under the cursor, once its name is typed."""
        name = self.chosen
        if name is None:
            return
        if name == self.desk.name:
            self.app.notify("You work in it: go to another one first", title="Delete", severity="warning")
            return
        home, now = self.desk.home, self.desk.clock()
        self.work(lambda _: stores_of(home, name, now), partial(self._ask_delete, name), group="delete")

    def _ask_delete(self, name: str, stays: Sequence[str]) -> None:
        def wrong(text: str) -> str | None:
            return None if text == name else f"that is not {name}"

        kept = f" What others share stays: {', '.join(stays)}." if stays else ""
        text = f"Its events and invoices go with it for good.{kept} Type {name} to delete it."
        dialog = AskDialog(f"Delete the workspace {name}?", text, check=wrong, do="Delete", danger=True)
        self.app.push_screen(dialog, self._delete)

    def _delete(self, name: str | None) -> None:
        if name is not None:
            home = self.desk.home
            self.work(lambda _: home.delete(name), lambda _: self._deleted(name), group="delete")

    def _deleted(self, name: str) -> None:
        self._tell("Deleted", name)
        self.reload()

    def _tell(self, title: str, text: str) -> None:
        self.app.notify(plain(text, 300), title=title, markup=False)


def stores_of(home: "Home", name: str, now: datetime) -> list[str]:
    """Return the servers that hold a workspace's stores, without passwords; none where it is a folder."""
    if not home.exists(name):
        return []
    try:
        fixed = home.fixed(name, now)
    except UsagebillError:
        # A damaged one is listed all the same: opening it says what is wrong.
        return []
    return [shown(one) for one in (fixed.database, fixed.events) if is_address(one)]


def _wrong(values: Mapping[str, Any]) -> tuple[str, str] | None:
    problem = name_problem(str(values["name"]))
    if problem is not None:
        return "name", problem
    servers = values.get("database") or values.get("event_store")
    if not servers and (values.get("join") or values.get("cluster")):
        return "database", "joining and clusters are for servers: give an address"
    return None


def _folder_problem(text: str) -> str | None:
    parent = Path(text).expanduser().parent
    return None if parent.is_dir() else f"there is no folder {parent}"
