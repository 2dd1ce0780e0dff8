"""Drafts: forms that were begun and not yet applied, kept in files so that a killed terminal loses none."""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from usagebill_tui.locations import make_private_folder, write_private_file


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A form's values: of which noun, of which one (empty: a new one), as plain data."""

    noun: str
    key: str = ""
    values: dict[str, Any] = {}


class Drafts:
    """The drafts of one workspace, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, noun: str, key: str = "") -> Draft | None:
        """Return a draft; None where there is none that can be read."""
        try:
            return msgspec.json.decode(self._path(noun, key).read_bytes(), type=Draft)
        except (OSError, msgspec.DecodeError):
            return None

    def save(self, draft: Draft) -> None:
        """Keep a draft in the place of what was kept before; raises StorageFailed."""
        make_private_folder(self._folder)
        write_private_file(self._path(draft.noun, draft.key), msgspec.json.encode(draft))

    def discard(self, noun: str, key: str = "") -> None:
        """Forget a draft."""
        self._path(noun, key).unlink(missing_ok=True)

    def _path(self, noun: str, key: str) -> Path:
        # A code may hold anything, a file's name may not.
        name = hashlib.sha256(f"{noun}/{key}".encode("utf-8", "surrogatepass")).hexdigest()[:24]
        return self._folder / f"{noun}-{name}.json"


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's values as JSON can keep them: days and decimals as text."""

    def plain(value: Any) -> Any:
        match value:
            case Mapping():
                return {key: plain(each) for key, each in value.items()}
            case list() | tuple():
                return [plain(each) for each in value]
            case date():
                return value.isoformat()
            case Decimal():
                return str(value)
        return value

    return {key: plain(value) for key, value in values.items()}
