"""Drafts of forms that hold a customer's data: files beside the stores."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import msgspec

_NOUNS = {"customer", "subscription"}


def drafts_of(folder: Path, names: Collection[str], texts: Iterable[str]) -> list[Path]:
    """Return the drafts in a workspace's folder that are of a customer, or say any of its texts."""
    words = [text.casefold() for text in texts]
    return [
        path
        for path in sorted((folder / "drafts").glob("*.json"))
        if _is_about(path, frozenset(names), words)
    ]


def _is_about(path: Path, names: frozenset[str], words: list[str]) -> bool:
    try:
        draft = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return False
    if not isinstance(draft, dict):
        return False
    said = list(_texts(draft))
    own = draft.get("noun") in _NOUNS and not names.isdisjoint(said)
    return own or any(word in text.casefold() for text in said for word in words)


def _texts(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
