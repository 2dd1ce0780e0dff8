"""What a list shows: its columns, its rows, and how they are asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.foreign import Cell, cell

if TYPE_CHECKING:
    from usagebill_tui.workspace import Workspace

NEVER = 3


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its `key` is what a query sorts by; `right` aligns numbers; `width` None fits the content.

    `priority` 0 is always there, 1 from 70 columns of screen on, 2 from 110 on, NEVER only in the whole row.
    """

    key: str
    title: str
    right: bool = False
    width: int | None = None
    sortable: bool = False
    priority: int = 0


@dataclass(frozen=True)
class Row:
    """One row: its key, and a text or styled Text for each column."""

    key: str
    cells: Sequence[str | Text]


Found = PageFound[Row]
"""The rows of one window, how many match and how many there are."""

Fetch = Callable[["Workspace", PageRequest], Found]
"""Answers a request; called in a worker's thread."""


def drawn(value: str | Text, column: Column) -> Text:
    """Return a cell as it is drawn."""
    return value if isinstance(value, Text) else cell(value, right=column.right)


def words(value: str | Text) -> str:
    """Return the words of a cell: all of them, also where the list cuts them."""
    if isinstance(value, Cell):
        return value.whole
    return value.plain if isinstance(value, Text) else value


def record(columns: Sequence[Column], row: Row) -> list[tuple[str, str]]:
    """Return every cell of a row with its column's title, also of columns that are not shown.

    A column without a title is a mark of the list itself, and none of what the row says.
    """
    return [(c.title, words(v)) for c, v in zip(columns, row.cells, strict=True) if c.title.strip()]


def held_by(width: int, columns: Sequence[Column]) -> list[int]:
    """Return the places of the columns that a screen of this width shows."""
    most = 0 if width < 70 else 1 if width < 110 else 2  # noqa: PLR2004 - the breakpoints of the app
    return [place for place, column in enumerate(columns) if column.priority <= most]
