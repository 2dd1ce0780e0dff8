"""Batches: what was imported, from which files, with which outcome, and taking one back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from rich.text import Text

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.tui.foreign import cell
from usagebill_tui.tui.widgets.listing import Column, Found, Row

if TYPE_CHECKING:
    from usagebill_tui.store.manifest import Batch, BatchFile
    from usagebill_tui.tui.dialogs.details import Part
    from usagebill_tui.workspace import Workspace

COLUMNS = (
    Column(key="id", title="Batch", right=True, sortable=True),
    Column(key="state", title="State"),
    Column(key="at", title="At (UTC)", sortable=True, priority=1),
    Column(key="who", title="Who", sortable=True, priority=2),
    Column(key="read", title="Read", right=True, sortable=True),
    Column(key="accepted", title="Accepted", right=True, sortable=True, priority=1),
    Column(key="duplicates", title="Duplicates", right=True, sortable=True, priority=2),
    Column(key="conflicts", title="Conflicts", right=True, sortable=True, priority=2),
    Column(key="rejected", title="Rejected", right=True, sortable=True, priority=1),
    Column(key="files", title="Files", priority=2),
)
EMPTY = "Nothing was imported yet. Press i to import event files."


def fetch_batches(workspace: "Workspace", asked: PageRequest) -> Found:
    """Return a page of batches as rows."""
    found = workspace.browse.batches(asked)
    return PageFound([row_of(batch) for batch in found.rows], found.matching, found.total)


def row_of(batch: "Batch") -> Row:
    """Return a batch as a row of a list."""
    counts = batch.counts
    imported = batch.kind == "import"
    numbers = [
        f"{number:,}" if imported else ""
        for number in (counts.read, counts.accepted, counts.duplicates, counts.conflicts)
    ]
    rejected = cell(
        f"{counts.rejected:,}" if imported else "", right=True, style="warn" * bool(counts.rejected)
    )
    files = ", ".join(short(file.name) for file in batch.files[:3])
    more = f" and {len(batch.files) - 3:,} more" if len(batch.files) > 3 else ""  # noqa: PLR2004 - the three above
    return Row(
        str(batch.id),
        (
            str(batch.id),
            state_of(batch),
            f"{batch.at:%Y-%m-%d %H:%M}",
            cell(batch.who, longest=20),
            *numbers,
            rejected,
            cell(f"{files}{more}", longest=60),
        ),
    )


def state_of(batch: "Batch") -> Text:
    """Say whether a batch counts."""
    if batch.kind == "undo":
        return Text(f"↶ undoes {batch.undoes}", style="dim")
    if batch.undone_by is not None:
        return Text(f"✗ undone by {batch.undone_by}", style="dim")
    if batch.counts.rejected or (batch.counts.conflicts and batch.on_conflict == "keep-first"):
        return Text("! in part", style="warn")
    return Text("✓ imported", style="good")


def short(name: str) -> str:
    """Return a file's own name, without its folders."""
    return name.rstrip("/").rpartition("/")[2] or name


def parts_of(batch: "Batch") -> "Sequence[Part]":
    """Return a batch in full: when and by whom, its counts, its files and how they were read."""
    fixed: list[tuple[str, str | Text]] = [
        ("State", state_of(batch)),
        ("At", rfc3339(batch.at)),
        ("Who", batch.who),
    ]
    if batch.kind == "undo":
        return [("", fixed)]
    counts = batch.counts
    closing = (
        f"{counts.read:,} read = {counts.accepted:,} accepted + {counts.duplicates:,} duplicates "
        f"+ {counts.conflicts:,} conflicts + {counts.rejected:,} rejected"
    )
    fixed += [("Format", batch.format), ("Conflicts", batch.on_conflict), ("Counts", closing)]
    if counts.rounded:
        fixed.append(("Rounded", f"{counts.rounded:,} numbers had over 18 digits after the point"))
    return [("", fixed), *(_file_part(file) for file in batch.files[:100])]


def _file_part(file: "BatchFile") -> "Part":
    options = msgspec.json.decode(file.options) if file.options else {}
    read: list[tuple[str, str | Text]] = [
        (name, ", ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else str(value))
        for name, value in options.items()
    ]
    size: list[tuple[str, str | Text]] = [("Bytes", f"{file.bytes:,}"), ("SHA-256", file.sha256)]
    return file.name, [*size, *read]


def effect_of(batch: "Batch") -> str:
    """Say what taking a batch back does."""
    files = ", ".join(short(file.name) for file in batch.files[:3])
    return (
        f"Batch {batch.id} ({files}) accepted {batch.counts.accepted:,} events. They stop counting, except "
        "those that another batch delivered too. Final invoices stay as they are; drafts change when they "
        "are billed again. To have it back, import its files again."
    )
