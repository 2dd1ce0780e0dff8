"""Rows that could not be events, kept until somebody mends them."""

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from usagebill_tui.store.import_tables import RejectRow
from usagebill_tui.store.rows import add_rows

_MOST_ROWS, _MOST_CHARACTERS = 10_000, 1 << 24
"""So many are written in one statement, fewer where they are long."""
_MOST_AT_ONCE = 100
"""So many are read at once: each may have 1 MiB."""


class StoredReject(msgspec.Struct, frozen=True):
    """A rejected row: of which batch and file, where in it, why, its own text and its header line."""

    batch: int
    file: str
    line: int
    reason: str
    raw: str
    head: str


def add_rejects(session: Session, rejects: Iterable[StoredReject]) -> None:
    """Keep rejected rows in the order given. Few of them are held at once: a file may have nothing else."""
    rows: list[dict[str, object]] = []
    held = 0
    for number, reject in enumerate(rejects):
        rows.append(
            {
                "batch": reject.batch,
                "number": number,
                "file": reject.file,
                "line": reject.line,
                "reason": reject.reason,
                "raw": reject.raw,
                "head": reject.head,
            }
        )
        held += len(reject.raw) + len(reject.head)
        if len(rows) >= _MOST_ROWS or held >= _MOST_CHARACTERS:
            add_rows(session, RejectRow, rows)
            rows, held = [], 0
    add_rows(session, RejectRow, rows)


def stored_rejects(session: Session, batch: int | None = None) -> Iterator[StoredReject]:
    """Yield rejected rows, of one batch or of all, in the order of batches and lines."""
    row = RejectRow
    query = select(row.batch, row.file, row.line, row.reason, row.raw, row.head)
    if batch is not None:
        query = query.where(row.batch == batch)
    ordered = query.order_by(row.batch, row.number).execution_options(yield_per=_MOST_AT_ONCE)
    for found in session.execute(ordered):
        yield StoredReject(*found)
