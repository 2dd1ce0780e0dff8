"""Pages of customers: found, counted and sorted in one index; only the page's definitions are read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.store import tables as t
from usagebill_tui.store.archived import not_archived
from usagebill_tui.store.browsing.counting import known_count
from usagebill_tui.store.browsing.owing import ids_by_owed
from usagebill_tui.store.browsing.subscriptions import subscriptions_of
from usagebill_tui.store.ledger import from_minor

CustomerState = Literal["active", "starts later", "ended", "no plan"]

_row = t.CustomerRow


class CustomerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A customer in a list: its subscriptions by start, and what it owes, by currency.

    `owed` is what is still to be paid of final invoices, `overdue` the part whose due date has gone by.
    A single one says as well what invoices owe back, and what is left of its credits in money.
    """

    customer: Customer
    state: CustomerState
    subscriptions: tuple[Subscription, ...] = ()
    owed: Mapping[str, Decimal] = {}
    overdue: Mapping[str, Decimal] = {}
    owed_back: Mapping[str, Decimal] = {}
    credits: Mapping[str, Decimal] = {}


def customer_page(session: Session, request: PageRequest, now: datetime) -> PageFound[CustomerEntry]:
    """Return a page of customers whose id, name or an alias holds the text, whatever its case."""
    shown = [] if request.archived else [not_archived("customer", _row.id)]
    holding = _holding(request.text)
    matching = [*holding, *shown]
    if request.sort == "owed":
        ids = ids_by_owed(session, request, holding)
    else:
        ids = _by_name(session, request, matching)
    total = _count(session, shown)
    found = known_count(request, len(ids)) if request.text else total
    return PageFound(
        customer_entries(session, ids, now), _count(session, matching) if found is None else found, total
    )


def customer_entries(session: Session, ids: Sequence[str], now: datetime) -> list[CustomerEntry]:
    """Return customers in the order of their ids; an unknown id has no entry."""
    rows = session.execute(select(_row.id, _row.definition).where(_row.id.in_(ids)))
    found = {key: msgspec.json.decode(definition, type=Customer) for key, definition in rows}
    contracts = subscriptions_of(session, ids)
    owed, late = _owed(session, ids, now.date())
    return [
        CustomerEntry(
            customer=found[key],
            state=state_of(contracts.get(key, ()), local_day(now, zone(found[key].timezone))),
            subscriptions=tuple(contracts.get(key, ())),
            owed=owed.get(key, {}),
            overdue=late.get(key, {}),
        )
        for key in ids
        if key in found
    ]


def state_of(contracts: Iterable[Subscription], today: date) -> CustomerState:
    """Return what a customer is on a day: active, to start, ended, or on no plan at all."""
    states = {subscription_state(one, today) for one in contracts}
    if "active" in states:
        return "active"
    if "starts later" in states:
        return "starts later"
    return "ended" if states else "no plan"


def subscription_state(one: Subscription, today: date) -> CustomerState:
    """Return whether a subscription is active on a day, starts later, or has ended."""
    if today < one.start:
        return "starts later"
    return "active" if one.end is None or today < one.end else "ended"


def _holding(text: str) -> list[ColumnElement[bool]]:
    return [_row.searched.contains(text.casefold(), autoescape=True)] if text else []


def _by_name(
    session: Session, request: PageRequest, matching: Sequence[ColumnElement[bool]]
) -> Sequence[str]:
    first: list[Any] = [_row.name] if request.sort == "name" else []
    order = [each.desc() if request.descending else each for each in [*first, _row.id]]
    query = select(_row.id).where(*matching).order_by(*order)
    return session.scalars(query.offset(request.offset).limit(request.limit)).all()


def _left() -> ColumnElement[int]:
    """Return what is still to be paid of an invoice, in minor units: less payments and credits."""
    invoice, payment, note, move = t.InvoiceRow, t.PaymentRow, t.CreditNoteRow, t.CreditMoveRow
    paid = select(func.coalesce(func.sum(payment.amount_minor), 0)).where(payment.invoice == invoice.id)
    # The amounts of credit notes are negative.
    credited = select(func.coalesce(func.sum(note.total_minor), 0)).where(note.invoice == invoice.id)
    used = select(func.coalesce(func.sum(move.amount_minor), 0)).where(
        move.invoice == invoice.id, move.units.is_(None)
    )
    moved = select(func.coalesce(func.sum(move.amount_minor), 0)).where(move.source == invoice.id)
    settled = paid.scalar_subquery() + used.scalar_subquery() - moved.scalar_subquery()
    return invoice.total_minor - settled + credited.scalar_subquery()


def _owed(
    session: Session, customers: Sequence[str], today: date
) -> tuple[dict[str, dict[str, Decimal]], dict[str, dict[str, Decimal]]]:
    """Return what customers owe, by customer and currency, and what of it is overdue."""
    invoice = t.InvoiceRow
    query = select(invoice.customer, invoice.currency, invoice.due, _left()).where(
        invoice.customer.in_(customers), invoice.status == "final"
    )
    owed: dict[str, dict[str, Decimal]] = defaultdict(dict)
    late: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for customer, currency, due, minor in session.execute(query):
        amount = from_minor(minor, currency)
        for sums in [owed, late] if due is not None and due < today and minor > 0 else [owed]:
            of = sums[customer]
            of[currency] = of.get(currency, from_minor(0, currency)) + amount
    return owed, late


def _count(session: Session, conditions: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(_row).where(*conditions)) or 0
