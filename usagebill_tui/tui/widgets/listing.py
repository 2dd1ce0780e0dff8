"""A list of any length: a window over a query, filtered in place, sorted by a column."""

from collections.abc import Sequence

from msgspec import structs
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Input, Label, Static

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.tui.foreign import content, plain
from usagebill_tui.tui.widgets.list_tools import ListTools
from usagebill_tui.tui.widgets.listed import NEVER, Column, Fetch, Found, Row, drawn, held_by, record
from usagebill_tui.tui.widgets.row_table import RowTable
from usagebill_tui.tui.work import Guarded

__all__ = ["NEVER", "WINDOW", "Column", "Fetch", "Found", "Listing", "Row"]

WINDOW = 200
"""Rows mounted at a time; the table pays for each at its first paint."""
_STEP = 100


class AboutRow(Message):
    """Something about the row of a list with a key."""

    def __init__(self, listing: "Listing", key: str | None) -> None:
        super().__init__()
        self.listing, self.key = listing, key

    @property
    def control(self) -> "Listing":
        """Return the list, for `@on` to select by."""
        return self.listing


class Listing(Guarded, Vertical):
    """A list over a query; posts `Opened` for enter or a click on the current row, `Moved` for the cursor."""

    class Opened(AboutRow):
        """A row was opened."""

        key: str

    class Moved(AboutRow):
        """The cursor stands on another row; `key` is None where there are none."""

    def __init__(
        self,
        columns: Sequence[Column],
        fetch: Fetch,
        *,
        empty: str,
        noun: str = "rows",
        sort: str | None = None,
        descending: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own word
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._fetch = fetch
        self._empty, self._noun = empty, noun
        self._query = PageRequest(sort=sort, descending=descending)
        self._rows: Sequence[Row] = ()
        self._wanted: int | None = None
        self.matching = self.total = 0

    def compose(self) -> ComposeResult:
        """Lay out filter, table and status."""
        yield Input(placeholder="Filter; esc clears", classes="filter", compact=True)
        yield RowTable(cursor_type="row", zebra_stripes=False)
        yield Static(Content(self._empty), classes="empty")
        with Horizontal(classes="status-line"):
            yield Label("", classes="status")
            yield ListTools()

    @property
    def table(self) -> DataTable[Text]:
        """Return the table."""
        return self.query_one(RowTable)

    @property
    def key(self) -> str | None:
        """Return the key of the row under the cursor."""
        place = self.table.cursor_row
        return self._rows[place].key if 0 <= place < len(self._rows) else None

    def on_mount(self) -> None:
        """Begin with the columns that fit."""
        self._head()

    def focus(self, scroll_visible: bool = True) -> "Listing":  # noqa: FBT001, FBT002 - Textual's own signature
        """Focus the table."""
        self.table.focus(scroll_visible)
        return self

    # Loading

    def load(self) -> None:
        """Ask again, keeping the cursor on its row and the scroll where it is."""
        query = self._query
        self.work(lambda workspace: self._fetch(workspace, query), self._show_found, group="listing")

    def show(self, fetch: Fetch, *, empty: str | None = None) -> None:
        """Ask by another query from now on, from the first row; `empty` is said where it finds nothing."""
        self._fetch = fetch
        if empty is not None:
            self._empty = empty
            self.query_one(".empty", Static).update(Content(empty))
        self._query = structs.replace(self._query, offset=0)
        self.load()

    @property
    def with_archived(self) -> bool:
        """Tell whether what is archived is shown too."""
        return self._query.archived

    def show_archived(self, *, archived: bool) -> None:
        """Show what is archived too, or leave it out."""
        self._query = structs.replace(self._query, archived=archived, offset=0)
        self.load()

    def _show_found(self, found: Found) -> None:
        key, scroll, place = self.key, self.table.scroll_offset, self.table.cursor_row
        self._rows, self.matching, self.total = found.rows, found.matching, found.total
        self._head()
        shown = self._shown()
        for row in found.rows:
            self.table.add_row(*(drawn(row.cells[i], self._columns[i]) for i in shown), key=row.key)
        self._restore(key, place, scroll.y)
        self._say()
        self.post_message(self.Moved(self, self.key))

    def _restore(self, key: str | None, place: int, scroll: int) -> None:
        if not self._rows:
            return
        if self._wanted is not None:
            row = min(max(self._wanted - self._query.offset, 0), len(self._rows) - 1)
            self._wanted = None
            self.table.move_cursor(row=row, animate=False)
            return
        keys = {row.key: number for number, row in enumerate(self._rows)}
        row = keys.get(key or "", min(place, len(self._rows) - 1))
        self.table.move_cursor(row=row, animate=False, scroll=False)
        self.table.scroll_to(y=scroll, animate=False, force=True)

    def _head(self) -> None:
        table = self.table
        table.clear(columns=True)
        for place in self._shown():
            column = self._columns[place]
            arrow = "" if column.key != self._query.sort else " ▼" if self._query.descending else " ▲"
            title = Text(f"{column.title}{arrow}", justify="right" if column.right else "left")
            table.add_column(title, width=column.width, key=column.key)

    def _shown(self) -> list[int]:
        return held_by(self.app.size.width, self._columns)

    def _say(self) -> None:
        text = f"{self.total:,} {_one(self._noun) if self.total == 1 else self._noun}"
        if self._query.text:
            text = f"{self.matching:,} of {self.total:,} {self._noun}"
        self.set_class(not self.total and not self._query.text, "-empty")
        self.query_one(ListTools).display = not self.has_class("-empty")
        if not self._rows and self._query.text:
            text = f"{text} hold {plain(self._query.text, 40)!r}"
        elif self.matching > len(self._rows):
            first = self._query.offset + 1
            text = f"{text} · rows {first:,} to {first + len(self._rows) - 1:,}"
        self.query_one(".status", Label).update(content(text))

    def on_resize(self, _event: events.Resize) -> None:
        """Show the columns that fit now."""
        if self._rows and [str(key.value) for key in self.table.columns] != [
            self._columns[place].key for place in self._shown()
        ]:
            self._show_found(Found(self._rows, self.matching, self.total))

    # Moving

    def go_to(self, place: int) -> None:
        """Put the cursor on the row with this number among all."""
        place = min(max(place, 0), max(self.matching - 1, 0))
        offset = max(0, min(place - _STEP, self.matching - WINDOW))
        self._wanted = place
        if offset == self._query.offset or self._query.offset <= place < self._query.offset + len(self._rows):
            self._restore(None, 0, 0)
        else:
            self._query = structs.replace(self._query, offset=offset)
            self.load()

    def slide(self, direction: int) -> None:
        """Move the window on where the cursor leaves it."""
        self.go_to(self._query.offset + self.table.cursor_row + direction)

    # Filtering and sorting

    def start_filter(self) -> None:
        """Let the user type what rows must hold."""
        self.add_class("-filtering")
        self.query_one(ListTools).refresh()
        self.query_one(Input).focus()

    def clear_filter(self) -> None:
        """Show all rows again."""
        self.query_one(Input).value = ""
        self.remove_class("-filtering")
        self.query_one(ListTools).refresh()
        self.table.focus()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        self._query = structs.replace(self._query, text=event.value.strip(), offset=0)
        self.load()

    @on(Input.Submitted)
    def _filtered(self, event: Input.Submitted) -> None:
        event.stop()
        self.table.focus()

    def on_key(self, event: events.Key) -> None:
        """Let escape clear the filter before it leaves the screen, and down leave the filter."""
        if event.key == "escape" and self.has_class("-filtering"):
            event.stop()
            event.prevent_default()
            self.clear_filter()
        elif event.key == "down" and self.query_one(Input).has_focus:
            event.stop()
            self.table.focus()

    def sort_by(self, key: str) -> None:
        """Sort by a column, the other way where it is sorted by it already."""
        descending = self._query.sort == key and not self._query.descending
        self._query = structs.replace(self._query, sort=key, descending=descending, offset=0)
        self.load()

    def sort_next(self) -> None:
        """Sort by the next column that can be sorted by."""
        keys = [column.key for column in self._columns if column.sortable]
        if keys:
            place = keys.index(self._query.sort) + 1 if self._query.sort in keys else 0
            self._query = structs.replace(
                self._query, sort=keys[place % len(keys)], descending=False, offset=0
            )
            self.load()

    def reverse(self) -> None:
        """Sort the other way round."""
        if self._query.sort is not None:
            self.sort_by(self._query.sort)

    @on(DataTable.HeaderSelected)
    def _head_clicked(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        column = next(c for c in self._columns if c.key == event.column_key.value)
        if column.sortable:
            self.sort_by(column.key)

    # Rows

    @on(DataTable.RowSelected)
    def _open(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if self.key is not None:
            self.post_message(self.Opened(self, self.key))

    @on(DataTable.RowHighlighted)
    def _move(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self.post_message(self.Moved(self, self.key))

    def show_record(self) -> None:
        """Show every cell of the row under the cursor in full."""
        from usagebill_tui.tui.dialogs.record import RecordDialog

        row = self._current()
        if row is not None:
            self.app.push_screen(RecordDialog(record(self._columns, row)))

    def copy_row(self) -> None:
        """Copy the row as lines of `title: value`."""
        row = self._current()
        if row is not None:
            lines = [f"{title}: {value}" for title, value in record(self._columns, row)]
            self.app.copy_to_clipboard("\n".join(lines))
            self.app.notify("Row copied as text", title="Clipboard")

    def copy_rows(self) -> None:
        """Copy the rows at hand as CSV."""
        from usagebill_tui.tui.clipboard import csv_of

        rows = [record(self._columns, row) for row in self._rows]
        titles = [title for title, _ in rows[0]] if rows else []
        self.app.copy_to_clipboard(csv_of(titles, [[value for _, value in row] for row in rows]))
        self.app.notify(f"{len(self._rows):,} rows copied as CSV", title="Clipboard")

    def _current(self) -> Row | None:
        place = self.table.cursor_row
        return self._rows[place] if 0 <= place < len(self._rows) else None


def _one(noun: str) -> str:
    """Return the word for one of what a list counts: `entry` of `entries`, `row` of `rows · enter opens`."""
    many, space, more = noun.partition(" ")
    for ending, single in (("ies", "y"), ("ches", "ch"), ("s", "")):
        if many.endswith(ending):
            return f"{many.removesuffix(ending)}{single}{space}{more}"
    return noun
