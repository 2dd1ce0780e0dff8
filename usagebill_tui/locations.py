"""Where things are: the home of all workspaces, the settings, and who may read them."""

import os
import re
from pathlib import Path

import platformdirs

from usagebill_tui.errors import InvalidInput, StorageFailed

APP = "usagebill"
DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_RESERVED = re.compile(r"(?i)con|prn|aux|nul|com[0-9]|lpt[0-9]")


def default_home() -> Path:
    """Return the folder of all workspaces where none is given."""
    return platformdirs.user_data_path(APP, appauthor=False)


def config_folder() -> Path:
    """Return the folder of `config.toml` and of single-file plugins."""
    return platformdirs.user_config_path(APP, appauthor=False)


def check_workspace_name(name: str) -> str:
    """Return a name that is safe as a folder on every system; raises InvalidInput otherwise."""
    if _NAME.fullmatch(name) is None or _RESERVED.fullmatch(name) is not None:
        raise InvalidInput(
            f"{name!r} cannot be a workspace's name",
            mend="use up to 64 letters, digits, - and _, beginning with a letter or digit",
        )
    return name


def make_private_folder(folder: Path) -> None:
    """Create a folder, and those above it that are missing, for its owner only."""
    try:
        folder.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot create the folder: {error.strerror}"
        raise StorageFailed(what, where=str(folder), mend=MEND_HOME) from error


def write_private_file(path: Path, text: str) -> None:
    """Write a file for its owner only, as a whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageFailed(f"cannot write: {error.strerror}", where=str(path), mend=MEND_HOME) from error


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable where the system can (Windows does so by itself)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


MEND_HOME = "choose a writable place with --home or USAGEBILL_HOME"
