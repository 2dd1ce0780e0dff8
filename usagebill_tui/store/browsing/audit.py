"""Pages of the audit, newest first."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.store.audit import Entry, entry_of
from usagebill_tui.store.browsing.counting import known_count
from usagebill_tui.store.browsing.ordering import ordered
from usagebill_tui.store.tables import AuditRow

_row = AuditRow
_SORTS: Mapping[str, Any] = {
    "id": _row.id,
    "who": _row.who,
    "action": _row.action,
    "noun": _row.noun,
    "key": _row.key,
}


def audit_page(session: Session, request: PageRequest) -> PageFound[Entry]:
    """Return a page of changes whose author, action, noun or key holds the text, as they were made."""
    matching = [_holding(request.text)] if request.text else []
    first = ordered(_SORTS[request.sort or "id"], descending=request.descending)
    last = ordered(_row.id, descending=request.descending)
    query = select(_row).where(*matching).order_by(first, last).offset(request.offset).limit(request.limit)
    found = [entry_of(row) for row in session.scalars(query)]
    total = _count(session, [])
    matches = known_count(request, len(found)) if matching else total
    return PageFound(found, _count(session, matching) if matches is None else matches, total)


def audit_entry(session: Session, number: int) -> Entry | None:
    """Return one change by its number."""
    row = session.get(_row, number)
    return None if row is None else entry_of(row)


def _holding(text: str) -> ColumnElement[bool]:
    said = _row.who + "\n" + _row.action + " " + _row.noun + " " + _row.key
    return said.icontains(text, autoescape=True)


def _count(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(_row).where(*conditions)) or 0
