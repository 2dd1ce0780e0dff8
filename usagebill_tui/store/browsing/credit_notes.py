"""Pages of credit notes, newest first."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.store import tables as t

_row, _invoice = t.CreditNoteRow, t.InvoiceRow
_SORTS: Mapping[str, tuple[Any, ...]] = {
    "number": (func.length(_row.number), _row.number),
    "invoice": (_invoice.number,),
    "customer": (_row.customer,),
    "issued": (_row.at,),
    "total": (_row.currency, _row.total_minor),
}


def credit_note_page(
    session: Session, request: PageRequest, *, customer: str | None = None
) -> PageFound[CreditNote]:
    """Return a page of credit notes whose number, customer or invoice's number holds the text."""
    within = [] if customer is None else [_row.customer == customer]
    matching = [*within, _holding(request.text)] if request.text else within
    columns = _SORTS[request.sort or "number"]
    order = [one.desc() if request.descending else one.asc() for one in columns]
    query = (
        select(_row.document)
        .join(_invoice, _invoice.id == _row.invoice)
        .where(*matching)
        .order_by(*order, func.length(_row.number).desc(), _row.number.desc())
        .offset(request.offset)
        .limit(request.limit)
    )
    rows = [msgspec.json.decode(document, type=CreditNote) for document in session.scalars(query)]
    total = _count(session, within)
    return PageFound(rows, _count(session, matching) if request.text else total, total)


def _holding(text: str) -> ColumnElement[bool]:
    names = _row.number + "\n" + _row.customer + "\n" + func.coalesce(_invoice.number, "")
    return names.icontains(text, autoescape=True)


def _count(session: Session, conditions: list[ColumnElement[bool]]) -> int:
    query = select(func.count()).select_from(_row).join(_invoice, _invoice.id == _row.invoice)
    return session.scalar(query.where(*conditions)) or 0
