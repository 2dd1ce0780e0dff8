"""The catalogue as a file: a file or a recipe compared with what is stored, applied, or written."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.locations import write_private_file
from usagebill_tui.tui.actions import Action
from usagebill_tui.tui.dialogs.ask import AskDialog
from usagebill_tui.tui.dialogs.confirm import Confirm
from usagebill_tui.tui.dialogs.export_file import ask_file
from usagebill_tui.tui.foreign import cell, content, plain
from usagebill_tui.tui.screens.page import Page
from usagebill_tui.tui.widgets.in_memory import Sortable, page
from usagebill_tui.tui.widgets.listing import Column, Found, Listing, Row

if TYPE_CHECKING:
    from usagebill_tui.billing.catalogue.applying import Applied
    from usagebill_tui.billing.catalogue.changes import Change
    from usagebill_tui.workspace import Workspace

_EMPTY = (
    "Nothing is compared yet. Press o to choose a file (.toml, or customers as .csv), r for a ready "
    "catalogue, x to write what is stored to a file."
)
_SIGNS = {"add": "+ add", "change": "~ change", "archive": "· archive", "unarchive": "· bring back"}


class Source(NamedTuple):
    """What is to be applied: a catalogue file, a CSV file of customers, or a recipe by its name."""

    name: str
    recipe: bool = False

    def apply(self, workspace: "Workspace", *, dry_run: bool) -> "Applied":
        """Bring the workspace to what it says, or tell what that would change; called in a thread."""
        if self.recipe:
            from usagebill_tui.billing.recipes import CATALOGUE, recipe

            text = recipe(self.name).text(CATALOGUE)
            return workspace.apply_catalogue_text(text, f"recipe {self.name}", dry_run=dry_run)
        if self.name.lower().endswith(".csv"):
            return workspace.import_customers(self.name, dry_run=dry_run)
        return workspace.apply_catalogue(self.name, dry_run=dry_run)

    def warnings(self, workspace: "Workspace") -> list[str]:
        """Return what in a catalogue file is allowed but would surprise somebody."""
        if self.recipe or not self.name.lower().endswith(".toml"):
            return []
        return [f"{one.where}: {one.what}; {one.mend}" for one in workspace.lint_catalogue(self.name)]


class Compared(NamedTuple):
    """A source, what applying it would do, and what in it would surprise somebody."""

    source: Source
    applied: "Applied"
    warnings: Sequence[str]


class CataloguePage(Page):
    """Compares a file with what is stored and applies it: all of it, or nothing."""

    PAGE = "settings"
    HELP_TEXT = "What `catalog diff`, `apply`, `lint`, `export` and `recipes`, and `customers import` do."
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="catalogue.file", keys="o", title="Choose a catalogue or customer file", call="choose_file",
               footer="file"),
        Action(id="catalogue.recipe", keys="r", title="Choose a ready catalogue", call="choose_recipe",
               footer="ready ones"),
        Action(id="catalogue.apply", keys="ctrl+s", title="Apply what is listed", call="apply",
               footer="apply", priority=True),
        Action(id="catalogue.export", keys="x", title="Write the catalogue to a file", call="export",
               footer="write ours"),
        Action(id="catalogue.samples", keys="e", title="Write the ready catalogue with sample events",
               call="write_recipe", help="To try it: import the events in a workspace of its own"),
    )  # fmt: skip

    def __init__(self, source: Source | None = None) -> None:
        super().__init__()
        self._source = source
        self._compared: Compared | None = None

    @property
    def title_text(self) -> str:
        """Return what the screen is called."""
        return "Catalogue file"

    def body(self) -> ComposeResult:
        """Yield what is compared, the changes, and what they come to."""
        yield Static("", id="catalogue-told", classes="report-asked")
        yield Listing(
            [
                Column(key="action", title="Would", sortable=True),
                Column(key="noun", title="What", sortable=True),
                Column(key="key", title="Which", sortable=True),
                Column(key="fields", title="Values", priority=1, width=72),
            ],
            self._fetch,
            empty=_EMPTY,
            noun="changes",
        )
        yield Static("", id="catalogue-sum", classes="report-sums")

    def load(self) -> None:
        """Compare what was chosen again: it may have changed, and so may what is stored."""
        if self._source is None:
            self.query_one(Listing).load()
        else:
            self._compare(self._source)

    # Choosing

    def action_choose_file(self) -> None:
        """Choose a file."""
        from usagebill_tui.tui.dialogs.choose_file import ChooseFiles

        self.app.push_screen(ChooseFiles(Path.cwd(), (".toml", ".csv")), self._take_file)

    def _take_file(self, files: Sequence[str] | None) -> None:
        if files:
            self._compare(Source(files[0]))

    def action_choose_recipe(self) -> None:
        """Choose a recipe."""
        from usagebill_tui.tui.dialogs.recipes import RecipesDialog

        self.app.push_screen(RecipesDialog(), self._take_recipe)

    def _take_recipe(self, name: str | None) -> None:
        if name is not None:
            self._compare(Source(name, recipe=True))

    def _compare(self, source: Source) -> None:
        self._source = source

        def compare(workspace: "Workspace") -> Compared:
            return Compared(source, source.apply(workspace, dry_run=True), source.warnings(workspace))

        self.query_one("#catalogue-told", Static).update(content(f"… comparing {plain(source.name, 200)}"))
        self.work(compare, self._show_compared, group="compare", failed=self._wrong)

    def _wrong(self, error: Exception) -> None:
        self._source = None
        self._show_compared(None)
        self._show(error)

    def _show_compared(self, compared: Compared | None) -> None:
        self._compared = compared
        self.query_one("#catalogue-told", Static).update(_lines(_told(compared)))
        self.query_one("#catalogue-sum", Static).update(_lines(_sum(compared)))
        empty = _EMPTY if compared is None else "It changes nothing: all of it is stored already."
        self.query_one(Listing).show(self._fetch, empty=empty)

    def _fetch(self, _workspace: "Workspace", asked: PageRequest) -> Found:
        changes = () if self._compared is None else self._compared.applied.changes
        return page([_row(place, one) for place, one in enumerate(changes)], asked)

    def on_listing_opened(self, _event: Listing.Opened) -> None:
        """Show the change in full."""
        self.query_one(Listing).show_record()

    # Doing

    def action_apply(self) -> None:
        """Apply what is listed, once the user is sure."""
        compared = self._compared
        if compared is None or not compared.applied.changes:
            self.app.notify("There is nothing to apply: choose a file with o, or a ready catalogue with r")
            return
        title = f"Apply {plain(_short(compared.source), 60)} to {self.desk.name}?"
        effect = f"{_counts(compared.applied)}: all of it, or nothing."
        more = _consequences(compared.applied)
        self.app.push_screen(
            Confirm(title, "\n".join([effect, *more]), "Apply"), partial(self._apply_if, compared.source)
        )

    def _apply_if(self, source: Source, sure: bool | None) -> None:  # noqa: FBT001 - Textual passes it by place
        if sure:
            self.work(lambda workspace: source.apply(workspace, dry_run=False), self._applied, group="apply")

    def _applied(self, applied: "Applied") -> None:
        self.app.notify(f"{len(applied.changes):,} added or changed", title="Catalogue", markup=False)
        self.reload()

    def action_export(self) -> None:
        """Write the catalogue to a file."""
        dialog = ask_file("Write the catalogue to which file?", f"{self.desk.name}.toml", (".toml",))
        self.app.push_screen(dialog, self._export)

    def _export(self, file: str | None) -> None:
        if file is None:
            return
        path = Path(file).expanduser()

        self.work(
            lambda workspace: write_private_file(path, workspace.export_catalogue()),
            lambda _: self._tell(f"wrote {path}"),
            group="export",
        )

    def action_write_recipe(self) -> None:
        """Write the recipe's catalogue, sample events and expected amounts to a folder."""
        source = self._source
        if source is None or not source.recipe:
            self.app.notify("Choose a ready catalogue with r first")
            return
        text = "Its catalogue, sample events and what they come to are written there."
        self.app.push_screen(
            AskDialog("Which folder?", text, value=source.name), partial(self._write_recipe, source.name)
        )

    def _write_recipe(self, name: str, folder: str | None) -> None:
        if folder is None:
            return
        path = Path(folder).expanduser()

        def write(_workspace: "Workspace") -> int:
            from usagebill_tui.billing.recipes import recipe, write_recipe

            return len(write_recipe(recipe(name), path))

        self.work(write, lambda count: self._tell(f"wrote {count} files to {path}"), group="export")

    def _tell(self, text: str) -> None:
        self.app.notify(plain(text, 300), title="Catalogue", markup=False)


def _short(source: Source) -> str:
    return f"recipe {source.name}" if source.recipe else Path(source.name).name


def _lines(texts: Sequence[str]) -> Content:
    return Content("\n").join(content(one) for one in texts)


def _told(compared: Compared | None) -> list[str]:
    if compared is None:
        return []
    lines = [f"{plain(_short(compared.source), 200)} · what applying it would change; nothing is stored yet"]
    lines += [f"! {plain(one, 200)}" for one in compared.warnings]
    return lines


def _counts(applied: "Applied") -> str:
    added = sum(one.action == "add" for one in applied.changes)
    return (
        f"{added:,} added, {len(applied.changes) - added:,} changed, {applied.unchanged:,} left as they are"
    )


def _consequences(applied: "Applied") -> list[str]:
    from usagebill_tui.billing.words import consequence_words

    return [f"! {plain(consequence_words(one), 160)}" for one in applied.consequences]


def _sum(compared: Compared | None) -> list[str]:
    if compared is None:
        return []
    return [_counts(compared.applied), *_consequences(compared.applied)]


def _row(place: int, one: "Change") -> Sortable:
    arrow = one.action == "change"
    values = "; ".join(
        f"{field.name}: {f'{field.before} → ' if arrow else ''}{field.after}" for field in one.fields
    )
    cells = (_SIGNS[one.action], one.noun, cell(one.key, longest=80), cell(values, longest=4_000))
    return Sortable(Row(str(place), cells), {name: getattr(one, name) for name in ("action", "noun", "key")})
