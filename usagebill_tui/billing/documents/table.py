"""Rows under named columns, on their way into a file of rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from usagebill_tui.domain.invoice import written

Kind = Literal["text", "number", "count", "instant"]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Columns, each with the kind of what stands in it, and rows by column.

    A `number` is a Decimal, a `count` an int, an `instant` an aware datetime; a `text` may be a mapping,
    which is written as JSON. None and what is missing have no value.
    """

    columns: Mapping[str, Kind]
    rows: Sequence[Mapping[str, Any]]


def plain_cell(value: object) -> str | int | None:
    """Return what stands in a cell where there is only text: exact numbers, RFC 3339, JSON."""
    plain = written(value)
    if plain is None or isinstance(plain, str | int):
        return plain
    return msgspec.json.encode(plain).decode()
