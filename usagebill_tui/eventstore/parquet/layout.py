"""How properties lie in a segment's columns.

A property has up to three columns: its number (DECIMAL), its text, other JSON. Which of them a segment has,
and their names, its layout in the manifest says; names differ where paths differ only in case. A number's
column is of the type NARROW where a bulk import knows that all fit: whoever reads it casts it to NUMBER.
"""

from collections.abc import Iterable, Mapping

from usagebill_tui.domain.properties import Value
from usagebill_tui.store.manifest import Columns

FIXED = {
    "batch": "BIGINT",
    "source": "VARCHAR",
    "id": "VARCHAR",
    "account": "VARCHAR",
    "metric": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "content": "UUID",
}
"""The columns of every segment of events."""

NUMBER, NARROW, TEXT = "DECIMAL(38, 18)", "DECIMAL(18, 9)", "VARCHAR"
_KINDS = (("number", "n"), ("text", "t"), ("json", "j"))
_PREFIXES = {**dict(_KINDS), "narrow": "s"}


def layout_of(rows: Iterable[Mapping[str, Value]]) -> dict[str, Columns]:
    """Return the columns that these rows' properties need."""
    present: set[tuple[str, str]] = set()
    for properties in rows:
        for path, value in properties.items():
            for (kind, _), part in zip(_KINDS, value, strict=True):
                if part is not None:
                    present.add((path, kind))
    return _named(present)


def layout_of_kinds(kinds: Iterable[tuple[str, str]]) -> dict[str, Columns]:
    """Return the columns of properties of which path and kind (number, narrow, text or json) are given.

    The name of a narrow number is another, so that files of one type are read together.
    """
    return _named(set(kinds))


def field_of(kind: str) -> str:
    """Return the field of `Columns` in which a kind's column is named."""
    return "number" if kind == "narrow" else kind


def is_narrow(name: str) -> bool:
    """Tell whether a number's column of this name is of the type NARROW."""
    return name.startswith(_PREFIXES["narrow"])


def merged(layouts: Iterable[Mapping[str, Columns]]) -> dict[str, Columns]:
    """Return a layout that has room for the rows of all these."""
    present = {
        (path, kind)
        for layout in layouts
        for path, columns in layout.items()
        for kind, _ in _KINDS
        if getattr(columns, kind) is not None
    }
    return _named(present)


def _named(present: set[tuple[str, str]]) -> dict[str, Columns]:
    taken: set[str] = set()
    layout: dict[str, dict[str, str]] = {}
    for path, kind in sorted(present):
        prefix = _PREFIXES[kind]
        name, number = f"{prefix}.{path}", 1
        while name.lower() in taken:
            number += 1
            name = f"{prefix}{number}.{path}"
        taken.add(name.lower())
        layout.setdefault(path, {})[field_of(kind)] = name
    return {path: Columns(**columns) for path, columns in layout.items()}
