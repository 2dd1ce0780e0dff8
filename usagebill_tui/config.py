"""Settings: flags before environment before `config.toml`."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import InvalidInput
from usagebill_tui.locations import config_folder, default_home

DEFAULT_WORKSPACE = "production"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `config.toml` may say."""

    home: str | None = None
    workspace: str | None = None


def read_settings(path: Path | None = None) -> Settings:
    """Return the settings of `config.toml`, defaults where there is none; raises InvalidInput."""
    path = path or config_folder() / "config.toml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot be read: {error}", where=str(path), mend="mend or remove it") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"is not TOML: {error}", where=str(path), mend="mend or remove it") from error
    for key in table:
        if key not in Settings.__struct_fields__:
            raise InvalidInput(
                f"unknown key {key!r}", where=str(path), mend=suggestion(key, Settings.__struct_fields__)
            )
    try:
        return msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error), where=str(path), mend="write it as text") from error


def chosen_home(flag: str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of all workspaces."""
    named = flag or environment.get("USAGEBILL_HOME") or read_settings().home
    if not named:
        return default_home()
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise InvalidInput(f"no such home: {error}", where=named, mend="write the whole path") from error


def chosen_workspace(flag: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """Return the name of the workspace to work in."""
    return flag or environment.get("USAGEBILL_WORKSPACE") or read_settings().workspace or DEFAULT_WORKSPACE
