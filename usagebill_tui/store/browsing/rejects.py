"""Pages of rejected rows, those of the newest batch first, then by line."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.store import import_tables as t

_row = t.RejectRow
_SORTS: Mapping[str, Any] = {
    "batch": _row.batch,
    "file": _row.file,
    "line": _row.line,
    "reason": _row.reason,
}


class RejectEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A rejected row: the `number`-th of its batch, where it stood, why, its own text, its header line."""

    batch: int
    number: int
    file: str
    line: int
    reason: str
    raw: str
    head: str


def reject_page(session: Session, request: PageRequest, batch: int | None = None) -> PageFound[RejectEntry]:
    """Return a page of rejected rows, of one batch or all, whose file, reason or own text holds the text."""
    within = [] if batch is None else [_row.batch == batch]
    matching = [*within, _holding(request.text)] if request.text else within
    first = [] if request.sort is None else [_SORTS[request.sort]]
    order = [column.desc() if request.descending else column.asc() for column in first]
    query = (
        select(_row)
        .where(*matching)
        .order_by(*order, _row.batch.desc(), _row.number)
        .offset(request.offset)
        .limit(request.limit)
    )
    entries = [_entry(row) for row in session.scalars(query)]
    total = _count(session, within)
    return PageFound(entries, _count(session, matching) if request.text else total, total)


def reject_entries(session: Session, batch: int, numbers: Sequence[int]) -> list[RejectEntry]:
    """Return some rejected rows of a batch, by number."""
    query = select(_row).where(_row.batch == batch, _row.number.in_(numbers)).order_by(_row.number)
    return [_entry(row) for row in session.scalars(query)]


def first_rejects(session: Session, batch: int, most: int) -> list[RejectEntry]:
    """Return the first rejected rows of a batch."""
    query = select(_row).where(_row.batch == batch).order_by(_row.number).limit(most)
    return [_entry(row) for row in session.scalars(query)]


def _count(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(_row).where(*conditions)) or 0


def _holding(text: str) -> ColumnElement[bool]:
    columns = (_row.file, _row.reason, _row.raw)
    first, *others = (column.icontains(text, autoescape=True) for column in columns)
    for other in others:
        first |= other
    return first


def _entry(row: t.RejectRow) -> RejectEntry:
    return RejectEntry(**{name: getattr(row, name) for name in RejectEntry.__struct_fields__})
