"""Keys that one JSON object gives twice: decoders take the last without a word."""

import json
from typing import Any

_HOLDERS = (dict, list)


def repeated_key(text: str, value: dict[str, Any]) -> str | None:
    """Return a key that some object in a JSON text gives twice, None where there is none.

    `value` is what the text was decoded to: as many keys in the one as in the other settle it cheaply.
    """
    if text.count('":') != _keys(value) or " :" in text or "\n:" in text or "\t:" in text or "\r:" in text:
        return _found(text)
    return None


def _keys(value: Any) -> int:
    """Count the keys within an object or a list."""
    members, count = (value.values(), len(value)) if type(value) is dict else (value, 0)
    for member in members:
        if type(member) in _HOLDERS:
            count += _keys(member)
    return count


def _found(text: str) -> str | None:
    twice: list[str] = []

    def look(pairs: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                twice.append(key)
            seen.add(key)

    json.loads(text, object_pairs_hook=look, parse_int=str, parse_float=str)
    return twice[0] if twice else None
