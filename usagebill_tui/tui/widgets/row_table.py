"""The table of a list: the keys of a pager as well as arrows."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable
from textual.widgets.data_table import RowKey

if TYPE_CHECKING:
    from usagebill_tui.tui.widgets.listing import Listing


class RowTable(DataTable[Text]):
    """The table itself, with the keys of a pager as well as arrows."""

    HELP_NAME = "List"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("g", "list_top", "First row", show=False),
        Binding("G", "list_bottom", "Last row", show=False),
        Binding("slash", "list_filter", "Filter", show=False),
        Binding("s", "list_sort", "Sort by the next column", show=False),
        Binding("S", "list_reverse", "Sort the other way", show=False),
        Binding("space", "list_record", "Show the whole row", show=False),
        Binding("y", "list_copy", "Copy the row", show=False),
        Binding("Y", "list_copy_all", "Copy the rows as CSV", show=False),
    ]

    def action_list_top(self) -> None:
        """Go to the first row."""
        self._listing.go_to(0)

    def action_list_bottom(self) -> None:
        """Go to the last row."""
        self._listing.go_to(self._listing.matching - 1)

    def action_list_filter(self) -> None:
        """Type what rows must hold."""
        self._listing.start_filter()

    def action_list_clear(self) -> None:
        """Show all rows again."""
        self._listing.clear_filter()

    def action_list_sort(self) -> None:
        """Sort by the next column."""
        self._listing.sort_next()

    def action_list_reverse(self) -> None:
        """Sort the other way."""
        self._listing.reverse()

    def action_list_record(self) -> None:
        """Show the whole row."""
        self._listing.show_record()

    def action_list_copy(self) -> None:
        """Copy the row."""
        self._listing.copy_row()

    def action_list_copy_all(self) -> None:
        """Copy the rows as CSV."""
        self._listing.copy_rows()

    def action_cursor_down(self) -> None:
        """Go down, into the next window where this one ends."""
        if self.cursor_row == self.row_count - 1:
            self._listing.slide(1)
        else:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        """Go up, into the window before where this one begins."""
        if self.cursor_row == 0:
            self._listing.slide(-1)
        else:
            super().action_cursor_up()

    def action_page_down(self) -> None:
        """Go a page down, into the next window where this one ends."""
        if self.cursor_row == self.row_count - 1:
            self._listing.slide(max(self.size.height - 1, 1))
        else:
            super().action_page_down()

    def action_page_up(self) -> None:
        """Go a page up, into the window before where this one begins."""
        if self.cursor_row == 0:
            self._listing.slide(-max(self.size.height - 1, 1))
        else:
            super().action_page_up()

    def _update_dimensions(self, updated_rows: Iterable[RowKey]) -> None:
        # Textual keeps what it drew before it measured: heads would stand beside their columns.
        super()._update_dimensions(updated_rows)
        self._clear_caches()
        self.refresh()

    @property
    def _listing(self) -> "Listing":
        from usagebill_tui.tui.widgets.listing import Listing

        found = self.parent
        if not isinstance(found, Listing):
            raise TypeError(found)
        return found
