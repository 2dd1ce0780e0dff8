"""Invoices and payments in the database, as they are read; `postings` writes them.

What being final fixes lies in one canonical JSON document; status and payments lie beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.invoice import Invoice, canonical, digest, read_invoice
from usagebill_tui.domain.money import minor_unit, round_money
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import EXACT
from usagebill_tui.errors import InvalidInput
from usagebill_tui.store import tables as t
from usagebill_tui.store.rows import chunks

CLOSING = ""
"""The item that stands for the closing of a period as a whole: its minimum and maximum spend."""

_MOST_MINOR = 2**63 - 1
_MARGIN = timedelta(days=2)
"""What two time zones may differ by, and a day."""
_FEW = 500
"""Of so many invoices the payments are looked up; of more, all payments are added up."""


class Item(msgspec.Struct, frozen=True, order=True, gc=False):
    """What an invoice bills: a product, or the closing, of a subscription for the period from a day."""

    subscription: str
    product: str
    period_start: date


class Billed(msgspec.Struct, frozen=True):
    """Where an item was billed, and the state of the events that this was computed from."""

    invoice: str
    status: str
    snapshot: int


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money received for an invoice; a refund is negative."""

    id: int
    invoice: str
    amount: Decimal
    currency: str
    date: date
    reference: str
    at: datetime
    who: str


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in minor units: 4200 for 42.00 USD; InvalidInput for more than 64 bits hold."""
    minor = int(EXACT.quantize(amount, minor_unit(currency)).scaleb(minor_digits(currency)))
    if abs(minor) > _MOST_MINOR:
        raise InvalidInput(
            f"{amount} {currency} is more than an invoice can hold", mend="look for an event with a slip"
        )
    return minor


def from_minor(minor: int, currency: str) -> Decimal:
    """Return the amount of so many minor units, with all digits of the minor unit."""
    return round_money(Decimal(minor).scaleb(-minor_digits(currency)), currency)


def billed_items(
    session: Session, days: Days, subscriptions: Iterable[str] | None = None
) -> dict[Item, Billed]:
    """Return what has been billed of the periods that touch some days, and on which invoice.

    Of all subscriptions, or of these.
    """
    first, after = _touching(days)
    return billed_between(session, first, after, subscriptions)


def billed_between(
    session: Session, first: date, last: date, subscriptions: Iterable[str] | None = None
) -> dict[Item, Billed]:
    """Return what has been billed of periods that start from `first` to `last`, and on which invoice."""
    item = t.InvoiceItemRow
    span = (item.period_start >= first, item.period_start <= last)
    return {
        one: where
        for theirs in _within(item.subscription, subscriptions)
        for one, where in billed_where(session, theirs, *span)
    }


def billed_where(session: Session, *conditions: ColumnElement[bool]) -> Iterator[tuple[Item, Billed]]:
    """Yield the items of which something holds, each with where it was billed."""
    item, invoice = t.InvoiceItemRow, t.InvoiceRow
    columns = (item.subscription, item.product, item.period_start, item.invoice)
    query = select(*columns, invoice.status, invoice.snapshot).join(invoice, item.invoice == invoice.id)
    for subscription, product, start, identity, status, snapshot in session.execute(query.where(*conditions)):
        yield Item(subscription, product, start), Billed(identity, status, snapshot)


def find_invoice(session: Session, name: str) -> Invoice | None:
    """Return the invoice with this number or id."""
    rows = _loaded(
        session, select(t.InvoiceRow).where((t.InvoiceRow.number == name) | (t.InvoiceRow.id == name))
    )
    return next(rows, None)


def invoices(
    session: Session,
    customers: Sequence[str] = (),
    statuses: Sequence[str] = (),
    ids: Sequence[str] | None = None,
) -> list[Invoice]:
    """Return invoices, of all customers and statuses or of these, by period, customer and id."""
    query = select(t.InvoiceRow)
    if statuses:
        query = query.where(t.InvoiceRow.status.in_(statuses))
    found = [
        one
        for theirs in _within(t.InvoiceRow.customer, customers or None)
        for those in _within(t.InvoiceRow.id, ids)
        for one in _loaded(session, query.where(theirs, those))
    ]
    return sorted(found, key=lambda one: (one.period.start, one.customer, one.id))


def invoices_touching(
    session: Session, days: Days, subscriptions: Iterable[str] | None = None
) -> list[Invoice]:
    """Return the invoices of the periods that touch some days, void ones included.

    Of all subscriptions, or of these.
    """
    return _started_between(session, *_touching(days), subscriptions)


def invoices_between(
    session: Session, first: date, after: date, subscriptions: Iterable[str] | None = None
) -> list[Invoice]:
    """Return the invoices of periods within some days, in whatever time zone, void ones included."""
    first = first - _MARGIN if first - date.min > _MARGIN else date.min
    return _started_between(
        session, first, after + _MARGIN if date.max - after > _MARGIN else date.max, subscriptions
    )


def _started_between(
    session: Session, first: date, after: date, subscriptions: Iterable[str] | None
) -> list[Invoice]:
    begin, end = _midnight(first), _midnight(after)
    query = select(t.InvoiceRow).where(t.InvoiceRow.period_start >= begin, t.InvoiceRow.period_start < end)
    parts = _within(t.InvoiceRow.subscription, subscriptions)
    found = (one for theirs in parts for one in _loaded(session, query.where(theirs)))
    return sorted(found, key=lambda one: one.id)


def invoices_naming(session: Session, account: str, after: datetime) -> list[Invoice]:
    """Return the invoices of periods that end after an instant in which some line may name an account."""
    row = t.InvoiceRow
    # Documents are canonical JSON, so a name stands in them just so; one too many is no harm.
    text = canonical(account).decode()
    query = select(row).where(row.period_end > after, row.document.contains(text, autoescape=True))
    return sorted(_loaded(session, query), key=lambda one: (one.period.start, one.customer, one.id))


def _within(
    column: InstrumentedAttribute[str], values: Iterable[str] | None
) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that together hold where a column has one of the values, each of some of them."""
    if values is None:
        yield true()
        return
    for some in chunks(sorted(set(values))):
        yield column.in_(some)


def start_between(days: Days) -> tuple[datetime, datetime]:
    """Return between which instants periods start that touch some days."""
    first, after = _touching(days)
    return _midnight(first), _midnight(after)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _touching(days: Days) -> tuple[date, date]:
    """Return between which days periods start that touch some days: the longest lasts a year."""
    reach = timedelta(days=368)
    first = days.first - reach if days.first - date.min > reach else date.min
    return first, days.after + _MARGIN if date.max - days.after > _MARGIN else date.max


def payments(session: Session, invoice: str | None = None) -> list[Payment]:
    """Return payments, of one invoice (by id) or all, in the order in which they were recorded."""
    query = select(t.PaymentRow).order_by(t.PaymentRow.id)
    if invoice is not None:
        query = query.where(t.PaymentRow.invoice == invoice)
    return [
        Payment(
            id=row.id,
            invoice=row.invoice,
            amount=from_minor(row.amount_minor, row.currency),
            currency=row.currency,
            date=row.date,
            reference=row.reference,
            at=row.at,
            who=row.who,
        )
        for row in session.scalars(query)
    ]


def stored_checksum(session: Session, invoice: str) -> str:
    """Return the checksum that was stored with an invoice's document."""
    return session.get_one(t.InvoiceRow, invoice).checksum


def altered_documents(session: Session) -> list[str]:
    """Return the numbers (of drafts the ids) of invoices whose document is not what its checksum says."""
    rows = session.execute(
        select(t.InvoiceRow.id, t.InvoiceRow.number, t.InvoiceRow.document, t.InvoiceRow.checksum)
    )
    return [
        number or name for name, number, document, checksum in rows if digest(document.encode()) != checksum
    ]


def _loaded(session: Session, query: Select[t.InvoiceRow]) -> Iterator[Invoice]:
    rows = session.scalars(query).all()
    paid: dict[str, int] = {}
    if rows:
        sums = select(t.PaymentRow.invoice, func.sum(t.PaymentRow.amount_minor)).group_by(
            t.PaymentRow.invoice
        )
        if len(rows) <= _FEW:
            sums = sums.where(t.PaymentRow.invoice.in_([row.id for row in rows]))
        paid = {invoice: int(total) for invoice, total in session.execute(sums)}
    credited = _credited(session, [row.id for row in rows])
    moved = applied_to(session, [row.id for row in rows], few=_FEW)
    for row in rows:
        document: dict[str, Any] = msgspec.json.decode(row.document)
        money = {
            "credits": from_minor(
                credited.get(row.id, 0) + sum(minor for _, _, _, minor in moved.get(row.id, ())), row.currency
            ),
            "applied": [
                {
                    "kind": kind,
                    "reference": reference,
                    "name": name,
                    "amount": from_minor(minor, row.currency),
                }
                for kind, reference, name, minor in moved.get(row.id, ())
            ],
            "paid": from_minor(paid.get(row.id, 0), row.currency),
        }
        kept = None if row.status == "draft" else row.document
        yield read_invoice({**document, "status": row.status, **money, "document": kept})


def _credited(session: Session, invoices: Sequence[str]) -> dict[str, int]:
    """Return what credit notes took off these invoices, in minor units."""
    note = t.CreditNoteRow
    sums = select(note.invoice, func.sum(note.total_minor)).group_by(note.invoice)
    if len(invoices) <= _FEW:
        sums = sums.where(note.invoice.in_(invoices))
    return {invoice: -int(total) for invoice, total in session.execute(sums)} if invoices else {}


def applied_to(
    session: Session, invoices: Sequence[str], few: int
) -> dict[str, list[tuple[str, str, str, int]]]:
    """Return what was set against invoices, by their ids: kind, reference, name and minor units of each.

    Units of a product are none of it: they are taken off before a price is applied.
    """
    if not invoices:
        return {}
    move, credit, source, target = t.CreditMoveRow, t.CreditRow, aliased(t.InvoiceRow), aliased(t.InvoiceRow)
    of_money = (move.units.is_(None), move.invoice.is_not(None))
    total = func.sum(move.amount_minor)
    spent = (
        select(move.invoice, move.credit, credit.name, total)
        .join(credit, move.credit == credit.id)
        .where(*of_money)
        .group_by(move.invoice, move.credit, credit.name)
        .order_by(func.min(move.id))
    )
    set_off = (
        select(move.invoice, move.source, source.number, target.number, total)
        .join(source, move.source == source.id)
        .join(target, move.invoice == target.id)
        .group_by(move.invoice, move.source, source.number, target.number)
        .order_by(func.min(move.id))
    )
    if len(invoices) <= few:
        spent = spent.where(move.invoice.in_(invoices))
        set_off = set_off.where(move.invoice.in_(invoices) | move.source.in_(invoices))
    found: dict[str, list[tuple[str, str, str, int]]] = {}
    for owing, owed, number, on, minor in session.execute(set_off):
        if int(minor):
            found.setdefault(str(owing), []).append(("balance", str(number or owed), "", int(minor)))
            found.setdefault(str(owed), []).append(("moved", str(on or owing), "", -int(minor)))
    for invoice, identity, name, minor in session.execute(spent):
        if int(minor):
            found.setdefault(str(invoice), []).append(
                ("prepaid", credit_label(int(identity or 0)), name, int(minor))
            )
    return found


def credit_label(identity: int) -> str:
    """Return what a prepaid credit is called: `CR-0007`."""
    return f"CR-{identity:04}"
