"""Events as the model sees them."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from usagebill_tui.domain.properties import Value, path_of
from usagebill_tui.domain.quantity import parse_decimal, plain, to_quantity


class ModelEvent(NamedTuple):
    """One event: microseconds since 1970 UTC, its identity, its properties by path."""

    timestamp: int
    source: str
    id: str
    properties: Mapping[str, Value]

    @property
    def order(self) -> tuple[int, str, str]:
        """Return what events are ordered by wherever order matters."""
        return self.timestamp, self.source, self.id

    def value(self, path: str) -> Value | None:
        """Return the property that a path names, None where it is missing (null is missing)."""
        wanted = keys_of(path)
        found = (value for name, value in self.properties.items() if keys_of(name) == wanted)
        return next(found, None)


@cache
def keys_of(path: str) -> tuple[str, ...]:
    """Split a path at its dots; a key in double quotes may hold dots, quotes and backslashes."""
    keys, rest = [], path
    while True:
        if rest.startswith('"'):
            key, end = json.JSONDecoder().raw_decode(rest)
            rest = rest[end:]
        else:
            key, dot, after = rest.partition(".")
            rest = dot + after
        keys.append(str(key))
        if not rest:
            return tuple(keys)
        rest = rest.removeprefix(".")


def properties(data: Mapping[str, Any]) -> dict[str, Value]:
    """Flatten nested data (text, int, Decimal, bool, None, lists, dicts) into values by path."""
    return dict(_leaves(data, ()))


def value_of(leaf: Any) -> Value:
    """Return one leaf as the value of a property."""
    if isinstance(leaf, bool):
        return Value(json="true" if leaf else "false")
    if isinstance(leaf, str):
        number = parse_decimal(leaf)
        return Value(number=None if number is None else to_quantity(number), text=leaf)
    if isinstance(leaf, int | Decimal):
        quantity = to_quantity(Decimal(leaf))
        return Value(json=plain(Decimal(leaf))) if quantity is None else Value(number=quantity)
    return Value(json=json.dumps(leaf, separators=(",", ":"), ensure_ascii=False))


def _leaves(data: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[tuple[str, Value]]:
    for key, item in data.items():
        if isinstance(item, dict) and item:
            yield from _leaves(item, (*keys, key))
        elif item is not None:
            yield path_of((*keys, key)), value_of(item)
