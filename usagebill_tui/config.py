"""Settings: flags before environment before `config.toml`."""

import os
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import InvalidInput
from usagebill_tui.locations import config_folder, default_home

DEFAULT_WORKSPACE = "production"


class Seller(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who sends the invoices, as `[seller]` of `config.toml` says it and documents show it.

    `address` may have several lines, `terms` stand below the totals, `logo` is a path of a PNG or JPEG.
    """

    name: str = ""
    address: str = ""
    email: str = ""
    tax_id: str = ""
    terms: str = ""
    logo: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `config.toml` may say."""

    home: str | None = None
    workspace: str | None = None
    seller: Seller = Seller()
    theme: str | None = None
    anomalies: Mapping[str, Any] = {}
    """Thresholds of `report anomalies` by name: `times = 5`."""
    keys: Mapping[str, str] = {}
    """The user's own keys, by the id of an action: `"metrics.new" = "insert"`."""


def read_settings(path: Path | None = None) -> Settings:
    """Return the settings of `config.toml`, defaults where there is none; raises InvalidInput."""
    path = path or config_folder() / "config.toml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot be read: {error}", where=str(path), mend="mend or remove it") from error
    import tomllib

    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"is not TOML: {error}", where=str(path), mend="mend or remove it") from error
    _check_keys(table, Settings.__struct_fields__, str(path))
    _check_keys(table.get("seller", {}), Seller.__struct_fields__, f"{path} [seller]")
    try:
        return msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error), where=str(path), mend="write each setting as text") from error


def anomaly_thresholds() -> tuple[str, ...]:
    """Return the thresholds that `config.toml` sets, as `NAME=NUMBER`."""
    return tuple(f"{name}={value}" for name, value in read_settings().anomalies.items())


def _check_keys(table: object, known: Collection[str], where: str) -> None:
    for key in table if isinstance(table, dict) else ():
        if key not in known:
            raise InvalidInput(f"unknown key {key!r}", where=where, mend=suggestion(key, known))


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
