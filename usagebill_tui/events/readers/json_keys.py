"""Keys that one JSON object gives twice: decoders take the last without a word."""

import json
from typing import Any


def repeated_key(text: str, value: object) -> str | None:
    """Return a key that some object in a JSON text gives twice, None where there is none.

    `value` is what the text was decoded to: as many keys in the one as in the other settle it cheaply.
    """
    if text.count('":') != _keys(value) or " :" in text or "\n:" in text or "\t:" in text or "\r:" in text:
        return _found(text)
    return None


def _keys(value: object) -> int:
    """Count the keys within a value."""
    count = 0
    members: Any = ()
    if isinstance(value, dict):
        count = len(value)
        members = value.values()
    elif isinstance(value, list):
        members = value
    for member in members:
        if type(member) is dict or type(member) is list:
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
