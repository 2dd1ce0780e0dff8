"""What the two kinds of rows, cells under columns and JSON objects, have in common."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from usagebill_tui.domain.properties import Value
from usagebill_tui.events.unreadable import Unreadable, shown


class Found(NamedTuple):
    """A row taken apart: its fields as they stand (None: missing) and its properties by path."""

    id: object
    source: object
    account: object
    metric: object
    timestamp: object
    properties: dict[str, Value]


class Rows(Protocol):
    """Takes rows apart as the options say."""

    def take_apart(self, row: Mapping[str, Any]) -> Found:
        """Return a row's fields and properties; raises Unreadable with the reason."""
        ...


def put(properties: dict[str, Value], path: str, value: Value) -> None:
    """Add a property; raises Unreadable where there is one of that name."""
    if path in properties:
        raise given_twice(path)
    properties[path] = value


def given_twice(path: str) -> Unreadable:
    """Say that two columns or keys make one property."""
    return Unreadable(f"property {shown(path)} is given twice")
