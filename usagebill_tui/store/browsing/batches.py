"""Pages of imports and of what undid them, newest first."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.store import import_tables as t
from usagebill_tui.store.manifest import Batch, batches_with

_row, _file = t.BatchRow, t.BatchFileRow
_SORTS: Mapping[str, Any] = {
    name: getattr(_row, name)
    for name in ("id", "at", "who", "read", "accepted", "duplicates", "conflicts", "rejected")
}


def batch_page(session: Session, request: PageRequest) -> PageFound[Batch]:
    """Return a page of batches whose number, author or one of whose files holds the text."""
    column = _SORTS[request.sort or "id"]
    matching = [_holding(request.text)] if request.text else []
    query = (
        select(_row.id)
        .where(*matching)
        .order_by(column.desc() if request.descending else column.asc(), _row.id.desc())
        .offset(request.offset)
        .limit(request.limit)
    )
    ids = list(session.scalars(query))
    found = {batch.id: batch for batch in batches_with(session, ids)}
    total = _count(session, ())
    matched = _count(session, matching) if matching else total
    return PageFound([found[number] for number in ids], matched, total)


def latest_imports(session: Session, most: int) -> Sequence[Batch]:
    """Return the newest imports, newest first."""
    query = select(_row.id).where(_row.kind == "import").order_by(_row.id.desc()).limit(most)
    return batches_with(session, list(session.scalars(query)))[::-1]


def _count(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(_row).where(*conditions)) or 0


def _holding(text: str) -> ColumnElement[bool]:
    named = exists().where(_file.batch == _row.id, _file.name.icontains(text, autoescape=True))
    return (cast(_row.id, String) == text) | _row.who.icontains(text, autoescape=True) | named
