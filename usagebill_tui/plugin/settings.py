"""What is kept about plugins between runs: which are disabled, and how each fared when it was last loaded.

Both are small files in the folder of settings, so that they can be read without importing any plugin.
"""

import tomllib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from usagebill_tui.errors import InvalidInput, UsagebillError
from usagebill_tui.locations import PLUGIN_SWITCHES, make_private_folder, write_private_file
from usagebill_tui.plugin.discovery import normal_name
from usagebill_tui.plugin.health import PluginState

SWITCHES = PLUGIN_SWITCHES
MEMORY = "plugins-seen.json"
_MEND = "check the folder's permissions"


class _Switches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    disabled: tuple[str, ...] = ()


def disabled_plugins(folder: Path) -> frozenset[str]:
    """Return the names in `plugins.toml`, none where there is no such file; raises InvalidInput."""
    path = folder / SWITCHES
    try:
        return frozenset(
            msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), _Switches).disabled
        )
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except (OSError, ValueError) as error:
        mend = 'write it like disabled = ["name"], or remove it'
        raise InvalidInput(f"cannot be used: {error}", where=str(path), mend=mend) from error


def disable_plugin(folder: Path, name: str) -> bool:
    """Add a name to those that are disabled; False where it was there already."""
    disabled = disabled_plugins(folder)
    if normal_name(name) in map(normal_name, disabled):
        return False
    _write(folder, {*disabled, name})
    return True


def enable_plugin(folder: Path, name: str) -> bool:
    """Take a name from those that are disabled; False where it was not there."""
    disabled = disabled_plugins(folder)
    kept = {each for each in disabled if normal_name(each) != normal_name(name)}
    if kept == disabled:
        return False
    _write(folder, kept)
    return True


def remember(folder: Path, health: Sequence[PluginState]) -> None:
    """Keep how plugins fared; where that cannot be written, nothing is lost but the memory."""
    path = folder / MEMORY
    if not health and not path.exists():
        return
    text = msgspec.json.format(msgspec.json.encode(health)).decode() + "\n"
    with suppress(OSError, UsagebillError):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            make_private_folder(folder)
            write_private_file(path, text)


def remembered(folder: Path) -> dict[tuple[str, str, str], PluginState]:
    """Return how plugins fared when they were last loaded, by name, place and fingerprint."""
    try:
        health = msgspec.json.decode((folder / MEMORY).read_bytes(), type=list[PluginState])
    except (OSError, ValueError):
        return {}
    return {(state.name, state.place, state.fingerprint): state for state in health}


def _write(folder: Path, disabled: Iterable[str]) -> None:
    import tomli_w

    make_private_folder(folder)
    write_private_file(folder / SWITCHES, tomli_w.dumps({"disabled": sorted(disabled)}), mend=_MEND)
