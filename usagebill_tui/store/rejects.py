"""Rows that could not be events, kept until somebody mends them."""

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from usagebill_tui.store.import_tables import RejectRow


class StoredReject(msgspec.Struct, frozen=True):
    """A rejected row: of which batch and file, where in it, why, its own text and its header line."""

    batch: int
    file: str
    line: int
    reason: str
    raw: str
    head: str


def add_rejects(session: Session, rejects: Iterable[StoredReject]) -> None:
    """Keep rejected rows in the order given."""
    rows = [
        {
            "batch": reject.batch,
            "number": number,
            "file": reject.file,
            "line": reject.line,
            "reason": reject.reason,
            "raw": reject.raw,
            "head": reject.head,
        }
        for number, reject in enumerate(rejects)
    ]
    if rows:
        session.execute(insert(RejectRow), rows)


def stored_rejects(session: Session, batch: int | None = None) -> Iterator[StoredReject]:
    """Yield rejected rows, of one batch or of all, in the order of batches and lines."""
    query = select(RejectRow).order_by(RejectRow.batch, RejectRow.number)
    if batch is not None:
        query = query.where(RejectRow.batch == batch)
    for row in session.scalars(query):
        yield StoredReject(row.batch, row.file, row.line, row.reason, row.raw, row.head)
