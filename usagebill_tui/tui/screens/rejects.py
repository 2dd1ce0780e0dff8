"""Rejected rows: where they stood, why, and their own text to be mended and imported again."""

from typing import TYPE_CHECKING

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.screens.batches import short
from usagebill_tui.tui.widgets.listing import Column, Found, Row

if TYPE_CHECKING:
    from usagebill_tui.store.browsing.rejects import RejectEntry
    from usagebill_tui.workspace import Workspace

COLUMNS = (
    Column(key="batch", title="Batch", right=True, sortable=True),
    Column(key="line", title="Line", right=True, sortable=True),
    Column(key="reason", title="Reason", sortable=True),
    Column(key="file", title="File", sortable=True, priority=2),
    Column(key="raw", title="Row", priority=1),
)
EMPTY = "Nothing was rejected. What an import cannot read is kept here, to be mended."


def fetch_rejects(workspace: "Workspace", asked: PageRequest, batch: int | None) -> Found:
    """Return a page of rejected rows, of one batch or all, as rows."""
    found = workspace.browse.rejects(asked, batch=batch)
    return PageFound([row_of(entry) for entry in found.rows], found.matching, found.total)


def row_of(entry: "RejectEntry") -> Row:
    """Return a rejected row as a row of a list; its key says batch and number."""
    return Row(
        f"{entry.batch}:{entry.number}",
        (
            str(entry.batch),
            f"{entry.line:,}",
            cell(entry.reason, longest=60),
            cell(short(entry.file), longest=40),
            cell(entry.raw, longest=120),
        ),
    )


def place_of(key: str) -> tuple[int, int]:
    """Return batch and number from a row's key."""
    batch, _, number = key.partition(":")
    return int(batch), int(number)
