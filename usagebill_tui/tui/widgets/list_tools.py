"""What can be done with a list, beside how many rows it has: for the mouse, and to be learnt by the eye."""

from textual.content import Content
from textual.widget import Widget

from usagebill_tui.tui.widgets.row_table import RowTable
from usagebill_tui.tui.widgets.strip import ClickStrip

_TOOLS = (
    ("/", "filter", "list_filter"),
    ("␣", "row", "list_record"),
    ("y", "copy", "list_copy"),
    ("Y", "copy all", "list_copy_all"),
    ("s", "sort", "list_sort"),
    ("S", "reverse", "list_reverse"),
    ("g", "first", "list_top"),
    ("G", "last", "list_bottom"),
)
_CLEAR = ("esc", "all rows", "list_clear")


class ListTools(ClickStrip):
    """Names the keys of the list that it stands under, as many as fit; a click does what the key does."""

    DEFAULT_CSS = "ListTools { height: 1; width: 1fr; }"

    @property
    def target(self) -> Widget:
        """Return the table, whose actions these are."""
        listing = self.parent.parent if self.parent is not None else None
        if not isinstance(listing, Widget):
            raise TypeError(listing)
        return listing.query_one(RowTable)

    def parts(self, room: int) -> list[tuple[Content, str]]:
        """Return the tools, leaving out what does not fit."""
        listing = self.parent.parent if self.parent is not None else None
        filtering = isinstance(listing, Widget) and listing.has_class("-filtering")
        shown: list[tuple[Content, str]] = []
        for key, word, call in (_CLEAR, *_TOOLS[1:]) if filtering else _TOOLS:
            part = Content.assemble((f" {key}", "$foreground 70%"), (f" {word}", "$foreground 50%"), " ")
            room -= part.cell_length
            if room < 0:
                break
            shown.append((part, call))
        return shown
