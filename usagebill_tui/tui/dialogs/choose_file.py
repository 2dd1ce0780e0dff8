"""Choosing files: from the folders, or by a typed path that completes itself."""

import asyncio
import os
from itertools import islice
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.suggester import Suggester
from textual.widgets import Button, Input, Label, OptionList

from usagebill_tui.tui.actions import Action, bindings
from usagebill_tui.tui.dialogs.dialog import Dialog
from usagebill_tui.tui.foreign import content, plain

_MOST = 5_000
"""A folder with more entries is shown up to here; any path can be typed."""


class PathSuggester(Suggester):
    """Completes a path by what its folder holds."""

    def __init__(self, endings: tuple[str, ...]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._endings = endings

    async def get_suggestion(self, value: str) -> str | None:
        """Return the first entry, by name, that begins with what was typed."""
        return await asyncio.to_thread(self._complete, value) if value else None

    def _complete(self, value: str) -> str | None:
        folder, _, begun = value.rpartition("/")
        try:
            with os.scandir(Path(folder + "/").expanduser()) as entries:
                found = sorted(
                    f"{e.name}/" if e.is_dir() else e.name
                    for e in entries
                    if e.name.startswith(begun) and (begun or not e.name.startswith("."))
                    and (e.is_dir() or is_wanted(e.name, self._endings))
                )  # fmt: skip
        except (OSError, ValueError):
            return None
        return f"{folder}/{found[0]}" if found and plain(found[0]) == found[0] else None


class Entry(NamedTuple):
    """What a folder holds: a folder or a file."""

    path: Path
    folder: bool


class ChooseFiles(Dialog[list[str] | None]):
    """Asks for one or several files with some endings; answers with their paths."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(id="files.cancel", keys="escape", title="Cancel", call="cancel", footer="Cancel"),
        Action(
            id="files.take",
            keys="ctrl+s",
            title="Take the chosen files",
            call="take",
            footer="Take",
            priority=True,
        ),
    )
    BINDINGS = bindings(ACTIONS)
    AUTO_FOCUS = "Input"

    def __init__(self, folder: Path, endings: tuple[str, ...]) -> None:
        super().__init__()
        self._folder, self._endings = folder, endings
        self._held: list[Entry] = []
        self._chosen: set[Path] = set()

    def compose(self) -> ComposeResult:
        """Lay out the typed path, the folders and the buttons."""
        with Vertical(classes="dialog -wide"):
            yield Label("Which files?", classes="title")
            yield Input(
                plain(f"{self._folder}/".replace("//", "/")),
                placeholder="A path; → completes it, enter adds it",
                suggester=PathSuggester(self._endings),
                select_on_focus=False,
                compact=True,
            )
            yield OptionList(id="files-list", compact=True)
            yield Label(
                "enter on a file chooses it, once more leaves it out", classes="hint", id="files-chosen"
            )
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Take", id="take", variant="primary")

    @property
    def entries(self) -> OptionList:
        """Return the list of what the folder holds."""
        return self.query_one("#files-list", OptionList)

    def on_mount(self) -> None:
        """Show the first folder."""
        self._open(self._folder)

    def _open(self, folder: Path) -> None:
        self.run_worker(self._list(folder), group="folder", exclusive=True)

    async def _list(self, folder: Path) -> None:
        """Show what a folder holds; one that cannot be read says so."""
        try:
            found = await asyncio.to_thread(held, folder, self._endings)
        except OSError as error:
            self._say(f"✗ {folder}: {error.strerror}")
            return
        self._folder, self._held = folder, found
        self._draw(0)
        self._say()

    def _draw(self, place: int) -> None:
        self.entries.clear_options()
        self.entries.add_options([content(self._words(entry), longest=200) for entry in self._held])
        self.entries.highlighted = place if self._held else None

    def _words(self, entry: Entry) -> str:
        if entry.folder:
            return "▴ .." if entry.path == self._folder.parent else f"▸ {entry.path.name}/"
        return f"{'✓' if entry.path in self._chosen else ' '} {entry.path.name}"

    @on(OptionList.OptionSelected)
    def _take_entry(self, event: OptionList.OptionSelected) -> None:
        """Go into a folder; choose a file, or leave it out again."""
        event.stop()
        entry = self._held[event.option_index]
        if entry.folder:
            path = f"{entry.path}/".replace("//", "/")
            self.query_one(Input).value = path if plain(path) == path else ""
            self._open(entry.path)
            return
        self._chosen ^= {entry.path}
        self._draw(event.option_index)
        self._say()

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        """Go to a folder that was typed, take a file."""
        event.stop()
        path = Path(event.value).expanduser()
        self.run_worker(self._follow(path), group="path", exclusive=True)

    async def _follow(self, path: Path) -> None:
        kind = await asyncio.to_thread(_kind, path)
        if kind == "file":
            self._chosen.add(path)
            self.action_take()
        elif kind == "folder":
            self._open(path)
            self.entries.focus()
        else:
            self._say(f"✗ there is no file {path}")

    def _say(self, text: str = "") -> None:
        names = ", ".join(sorted(path.name for path in self._chosen))
        usual = f"✓ {len(self._chosen)} chosen: {names}" if names else "enter opens a folder, chooses a file"
        self.query_one("#files-chosen", Label).update(content(text or usual, longest=300))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        match event.button.id:
            case "cancel":
                self.action_cancel()
            case _:
                self.action_take()

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)

    def action_take(self) -> None:
        """Answer with the chosen files, or the one under the cursor where none is."""
        chosen = sorted(str(path) for path in self._chosen)
        place = self.entries.highlighted
        if not chosen and place is not None and not self._held[place].folder:
            chosen = [str(self._held[place].path)]
        if chosen:
            self.dismiss(chosen)
        else:
            self._say()


def held(folder: Path, endings: tuple[str, ...]) -> list[Entry]:
    """Return the folder above, the folders in it and its files with these endings; raises OSError."""
    with os.scandir(folder) as found:
        entries = [
            Entry(Path(e.path), e.is_dir()) for e in islice(found, _MOST) if not e.name.startswith(".")
        ]
    shown = [e for e in entries if e.folder or is_wanted(e.path.name, endings)]
    shown.sort(key=lambda e: (not e.folder, e.path.name.lower()))
    return [Entry(folder.parent, folder=True), *shown]


def is_wanted(name: str, endings: tuple[str, ...]) -> bool:
    """Tell whether a file's name has one of the endings."""
    return name.lower().endswith(endings)


def _kind(path: Path) -> str:
    try:
        return "folder" if path.is_dir() else "file" if path.exists() else ""
    except (OSError, ValueError):
        return ""
