"""What this installation adds to the built-ins: which plugins are looked for, and where."""

import importlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from usagebill_tui.errors import NotFound
from usagebill_tui.locations import PLUGIN_SWITCHES, config_folder

if TYPE_CHECKING:
    from usagebill_tui.plugin.discovery import Candidate
    from usagebill_tui.plugin.health import Plugins, PluginState

BUILTINS = ("usagebill_tui.plugin.builtin", "usagebill_tui.events.builtin")
"""The modules of what is built in; they, and all about plugins, are imported when plugins are loaded."""
DISABLING = "USAGEBILL_DISABLE_PLUGINS"


class Extensions(msgspec.Struct, frozen=True, kw_only=True):
    """Where plugins are looked for, and which are left alone."""

    entry_points: bool = True
    folders: tuple[Path, ...] = ()
    disabled: frozenset[str] = frozenset()

    def find(self) -> "list[Candidate]":
        """Return the plugins that there are, without importing any."""
        from usagebill_tui.plugin.loading import find_plugins

        return find_plugins(entry_points=self.entry_points, folders=self.folders)

    def load(self) -> "Plugins":
        """Load built-ins and plugins; those that fail are only named."""
        from usagebill_tui.plugin.loading import load_plugins
        from usagebill_tui.plugin.settings import remember

        built_in = [importlib.import_module(name) for name in BUILTINS]
        plugins = load_plugins(
            built_in, entry_points=self.entry_points, folders=self.folders, disabled=self.disabled
        )
        if self.entry_points:
            remember(config_folder(), plugins.health)
        return plugins

    def listed(self) -> "list[PluginState]":
        """Return each plugin's state as far as it is known without importing any: as it was last loaded."""
        from usagebill_tui.plugin.screening import screen, state_of
        from usagebill_tui.plugin.settings import remembered

        known = remembered(config_folder())
        states = []
        for candidate, screened in screen(self.find(), self.disabled):
            key = (candidate.origin.name, candidate.origin.place, candidate.fingerprint)
            earlier = known.get(key)
            fresh = earlier if earlier is not None and earlier.status in {"ok", "failed"} else None
            states.append(screened or fresh or state_of(candidate, "unknown"))
        return states


NOTHING = Extensions(entry_points=False)
"""The built-ins alone."""


def chosen_extensions(
    folders: Iterable[str | Path] = (),
    *,
    none: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Extensions:
    """Return where plugins are: installed packages, the user's own folder, then `folders`.

    `none` leaves the built-ins alone. Raises NotFound for a folder that does not exist.
    """
    if none:
        return NOTHING
    named = [Path(folder) for folder in folders]
    for folder in named:
        if not folder.is_dir():
            raise NotFound(
                "there is no such folder of plugins", where=str(folder), mend="check --plugins-dir"
            )
    own = config_folder() / "plugins"
    off = {name.strip() for name in environment.get(DISABLING, "").split(",")} - {""}
    return Extensions(
        folders=(*([own] if own.is_dir() else []), *named), disabled=_switched_off(config_folder()) | off
    )


def _switched_off(folder: Path) -> frozenset[str]:
    """Return the names in `plugins.toml`; most have no such file, and need nothing imported to read it."""
    if not (folder / PLUGIN_SWITCHES).exists():
        return frozenset()
    from usagebill_tui.plugin.settings import disabled_plugins

    return disabled_plugins(folder)
