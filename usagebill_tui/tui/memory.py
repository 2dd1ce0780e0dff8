"""What the interface remembers between runs: the theme that was chosen in it."""

from contextlib import suppress
from pathlib import Path

from usagebill_tui.errors import UsagebillError
from usagebill_tui.locations import config_folder, make_private_folder, write_private_file
from usagebill_tui.tui.themes import DARK, NAMES


def _path() -> Path:
    return config_folder() / "theme"


def remembered_theme() -> str:
    """Return the theme that was chosen last, the dark one where none was."""
    try:
        name = _path().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return DARK.name
    return name if name in NAMES else DARK.name


def remember_theme(name: str) -> None:
    """Keep the theme; where that cannot be written, nothing is lost but the memory."""
    with suppress(OSError, UsagebillError):
        make_private_folder(config_folder())
        write_private_file(_path(), f"{name}\n")
