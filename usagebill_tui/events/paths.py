"""Property paths as people write them: read back into their keys."""

import re

import msgspec

from usagebill_tui.domain.properties import path_of

_KEY = r'(?:[^."]+|"(?:[^"\\]|\\.)*")'
_KEYS = re.compile(_KEY)
_PATH = re.compile(rf"{_KEY}(?:\.{_KEY})*")


def split_path(path: str) -> tuple[str, ...] | None:
    """Return the keys of a path, the reverse of `path_of`; None where the text is no path."""
    if _PATH.fullmatch(path) is None:
        return None
    try:
        return tuple(_key(part) for part in _KEYS.findall(path))
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def canonical_path(name: str) -> str:
    """Return the one spelling of a path; a name that is no path (`a..b`) is a single key, quoted."""
    return path_of(split_path(name) or (name,))


def _key(part: str) -> str:
    return msgspec.json.decode(part, type=str) if part.startswith('"') else part
