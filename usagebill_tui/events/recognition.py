"""Telling from a row's keys which system wrote it."""

from collections.abc import Collection, Iterable

from usagebill_tui.events.paths import split_path
from usagebill_tui.events.shapes import SHAPES, USAGEBILL, Shape

_FIELDS = ("account", "metric", "timestamp")
_OTHERS = [shape for shape in dict.fromkeys(SHAPES.values()) if shape is not USAGEBILL]


def candidates(keys: Collection[str], given: Collection[str] = ()) -> list[Shape]:
    """Return the shapes that a row with these keys may have: one where it is plain, none where none fits.

    `given` are the fields whose column or value is told apart from the row. Usagebill's own three names
    settle it, then the keys that only one system uses, then which shapes find all that an event needs.
    """
    if all(field in keys for field in _FIELDS):
        return [USAGEBILL]
    own = _fits(USAGEBILL, keys, given)
    marked = [shape for shape in _OTHERS if any(mark.issubset(keys) for mark in shape.marks)]
    if marked:
        fitting = [shape for shape in marked if _fits(shape, keys, given)]
        return [
            *([USAGEBILL] if own and _tells(USAGEBILL, keys, given, "metric") else []),
            *fitting,
        ] or marked
    if own and _tells(USAGEBILL, keys, given, "account", "metric"):
        return [USAGEBILL]
    return [
        shape
        for shape in _OTHERS
        if not shape.marked_only
        and _fits(shape, keys, given)
        and _tells(shape, keys, given, "account", "metric")
    ]


def heads(columns: Iterable[str]) -> set[str]:
    """Return the keys that columns stand for: `payload.value` is a member of `payload`."""
    return {name for column in columns for name in (column, (split_path(column) or (column,))[0])}


def _fits(shape: Shape, keys: Collection[str], given: Collection[str]) -> bool:
    """Tell whether all that an event needs is there."""
    return all(field in given or _has(shape, field, keys) for field in _FIELDS)


def _tells(shape: Shape, keys: Collection[str], given: Collection[str], *fields: str) -> bool:
    """Tell whether one of these fields, unless it is given, stands under the shape's name for it."""
    return any(field not in given and _has(shape, field, keys) for field in fields)


def _has(shape: Shape, field: str, keys: Collection[str]) -> bool:
    return any(name.partition(".")[0] in keys for name in shape.names(field))
