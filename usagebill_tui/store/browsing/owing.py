"""Customers in the order of what they owe, found in an index of invoices alone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.store import tables as t
from usagebill_tui.store.archived import not_archived

_row = t.CustomerRow


def ids_by_owed(
    session: Session, request: PageRequest, holding: Sequence[ColumnElement[bool]]
) -> Sequence[str]:
    """Return the ids of a page: those who owe something, those who owe nothing, those who are owed.

    Asked for together, all customers would be joined with what they owe, which takes three times as long.
    """
    ids: list[str] = []
    skip = request.offset
    parts = _parts(request, holding)
    for part, by in parts if request.descending else reversed(parts):
        query = part.order_by(*(each.desc() if request.descending else each for each in by))
        ids += session.scalars(query.offset(skip).limit(request.limit - len(ids)))
        if len(ids) == request.limit:
            break
        skip = max(skip - _size(session, part), 0) if skip and not ids else 0
    return ids


def _parts(
    request: PageRequest, holding: Sequence[ColumnElement[bool]]
) -> list[tuple[Select[str], list[Any]]]:
    """Return each part of all customers that match, the highest first, and what it is sorted by."""
    owing = _owing()
    who: ColumnElement[str] = owing.c.customer
    some = select(who).where(*_shown(request, who))
    if holding:
        some = some.where(who.in_(select(_row.id).where(*holding)))
    elsewhere = _row.id.not_in(select(who).where(owing.c.owed != 0))
    none = select(_row.id).where(elsewhere, *holding, *_shown(request, _row.id))
    order = [owing.c.owed, who]
    return [(some.where(owing.c.owed > 0), order), (none, [_row.id]), (some.where(owing.c.owed < 0), order)]


def _shown(
    request: PageRequest, key: ColumnElement[str] | InstrumentedAttribute[str]
) -> list[ColumnElement[bool]]:
    return [] if request.archived else [not_archived("customer", key)]


def _size(session: Session, part: Select[str]) -> int:
    return session.scalar(select(func.count()).select_from(part.subquery())) or 0


def _owing() -> Subquery:
    """Return what each customer owes in minor units, whatever the currency: an order, not an amount."""
    invoice, settled = t.InvoiceRow, _settled()
    left = func.sum(invoice.total_minor + func.coalesce(settled.c.minor, 0)).label("owed")
    of = select(invoice.customer, left).outerjoin(settled, settled.c.invoice == invoice.id)
    return of.where(invoice.status == "final").group_by(invoice.customer).subquery()


def _settled() -> Subquery:
    """Return what changes the amount due of each invoice, added up in one pass."""
    payment, note, move = t.PaymentRow, t.CreditNoteRow, t.CreditMoveRow
    used = select(move.invoice, -move.amount_minor).where(move.units.is_(None), move.invoice.is_not(None))
    changes = union_all(
        select(payment.invoice.label("invoice"), (-payment.amount_minor).label("minor")),
        used,
        select(move.source, move.amount_minor).where(move.source.is_not(None)),
        select(note.invoice, note.total_minor),
    ).subquery()
    return select(changes.c.invoice, func.sum(changes.c.minor).label("minor")).group_by("invoice").subquery()
