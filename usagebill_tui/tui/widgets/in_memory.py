"""Rows that are all at hand: filtered, sorted and cut into pages as a query would."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.text import Text

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.widgets.listing import Found, Row


class Sortable(NamedTuple):
    """A row, and the values by which it is sorted, by the keys of the columns; None stands first."""

    row: Row
    values: Mapping[str, Any] = {}


def page(rows: Sequence[Sortable], asked: PageRequest) -> Found:
    """Return the rows that are asked for."""
    text = asked.text.lower()
    held = [one for one in rows if not text or text in _words(one.row).lower()]
    key = asked.sort
    if key is not None:
        held.sort(key=lambda one: _order(one.values.get(key)), reverse=asked.descending)
    shown = [one.row for one in held[asked.offset : asked.offset + asked.limit]]
    return PageFound(shown, len(held), len(rows))


def _order(value: Any) -> tuple[bool, Any]:
    return value is not None, 0 if value is None else value


def _words(row: Row) -> str:
    return " ".join(one.plain if isinstance(one, Text) else one for one in row.cells)
