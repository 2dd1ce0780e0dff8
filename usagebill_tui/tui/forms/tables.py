"""Fields of tables within tables: laid out flat, by keys with a dot (`rounding.mode`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from usagebill_tui.tui.forms.field import Field


def flat(fields: Sequence[Field], prefix: str = "") -> Iterator[Field]:
    """Yield the fields, those of tables by keys with a dot."""
    for field in fields:
        if field.kind == "table":
            yield from flat(field.fields, f"{prefix}{field.key}.")
        else:
            yield replace(field, key=f"{prefix}{field.key}") if prefix else field


def within(values: Mapping[str, Any], key: str) -> Any:
    """Return the value at a key with dots, None where there is none."""
    found: Any = values
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def put(values: dict[str, Any], key: str, value: Any) -> None:
    """Put a value at a key with dots, making the tables that it is within."""
    *outer, last = key.split(".")
    for part in outer:
        values = values.setdefault(part, {})
    values[last] = value


def covers(field: str, key: str) -> bool:
    """Tell whether the key of an error lies in a field."""
    return key == field or key.startswith((f"{field}.", f"{field}["))
