"""Pages of the ledger's entries, newest first, each with what it posted."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.store import tables as t
from usagebill_tui.store.browsing.counting import known_count
from usagebill_tui.store.entries import Entry, entry_of

_entry, _posting, _invoice = t.EntryRow, t.PostingRow, t.InvoiceRow
_SORTS = {"id": (_entry.id,), "day": (_entry.day,), "kind": (_entry.kind,), "reference": (_entry.reference,)}


def entry_page(
    session: Session, request: PageRequest, *, account: str | None = None, currency: str | None = None
) -> PageFound[Entry]:
    """Return a page of the entries that post to an account in a currency, or of all.

    The text is looked for in kind, reference and customer.
    """
    within = _posting_to(account, currency)
    matching = [*within, _holding(request.text)] if request.text else within
    order = [one.desc() if request.descending else one.asc() for one in _SORTS[request.sort or "id"]]
    query = (
        select(_entry, _invoice.number)
        .outerjoin(_invoice, _invoice.id == _entry.invoice)
        .where(*matching)
        .order_by(*order, _entry.id.desc())
        .offset(request.offset)
        .limit(request.limit)
    )
    found = [(row, number) for row, number in session.execute(query)]
    posted = _postings(session, [row.id for row, _ in found])
    rows = [entry_of([(row, number, one) for one in posted[row.id]]) for row, number in found]
    total = _count(session, within)
    matches = known_count(request, len(found)) if request.text else total
    return PageFound(rows, _count(session, matching) if matches is None else matches, total)


def _posting_to(account: str | None, currency: str | None) -> list[ColumnElement[bool]]:
    if account is None and currency is None:
        return []
    asked = [_posting.entry == _entry.id]
    if account is not None:
        asked.append(_posting.account == account)
    if currency is not None:
        asked.append(_posting.currency == currency)
    return [exists().where(*asked)]


def _holding(text: str) -> ColumnElement[bool]:
    # All postings are looked through once, rather than those of each entry.
    named = select(_posting.entry).where(_posting.customer.icontains(text, autoescape=True))
    told = (_entry.kind + "\n" + _entry.reference).icontains(text, autoescape=True)
    return told | _entry.id.in_(named)


def _postings(session: Session, ids: Sequence[int]) -> dict[int, list[t.PostingRow]]:
    found: dict[int, list[t.PostingRow]] = {id_: [] for id_ in ids}
    query = select(_posting).where(_posting.entry.in_(ids)).order_by(_posting.entry, _posting.place)
    for row in session.scalars(query):
        found[row.entry].append(row)
    return found


def _count(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(_entry).where(*conditions)) or 0
