"""Where things are: the home of all workspaces, the settings, and who may read them."""

import os
import re
from contextlib import suppress
from pathlib import Path

import platformdirs

from usagebill_tui.errors import InvalidInput, StorageFailed

APP = "usagebill"
DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
PLUGIN_SWITCHES = "plugins.toml"
"""The file in the folder of settings that says which plugins are disabled."""
MEND_HOME = "choose a writable place with --home or USAGEBILL_HOME"
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
    if _RESERVED.fullmatch(name) is not None:
        raise InvalidInput(f"{name!r} is what Windows calls a device", mend="choose another name")
    if _NAME.fullmatch(name) is None:
        raise InvalidInput(
            f"{name!r} cannot be a workspace's name",
            mend="use up to 64 letters, digits, - and _, beginning with a letter or digit",
        )
    return name


def is_there(path: Path) -> bool:
    """Tell whether a file exists; raises StorageFailed where its folder may not be read."""
    try:
        return path.is_file()
    except OSError as error:
        raise StorageFailed(f"cannot be read: {error.strerror}", where=str(path), mend=MEND_HOME) from error


def make_private_folder(folder: Path) -> None:
    """Create a folder, and those above it that are missing, for its owner only."""
    try:
        # `mkdir(parents=True)` would leave the folders above to the umask.
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in (*reversed(missing), folder):
            each.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
    except OSError as error:
        what = f"cannot create the folder: {error.strerror}"
        raise StorageFailed(what, where=str(folder), mend=MEND_HOME) from error


def write_private_file(path: Path, content: str | bytes, *, mend: str = MEND_HOME) -> None:
    """Write a file for its owner only, as a whole or not at all; `mend` is said where that fails."""
    raw = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise StorageFailed(f"cannot write: {error.strerror}", where=str(path), mend=mend) from error


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable where the system can (Windows does so by itself)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
