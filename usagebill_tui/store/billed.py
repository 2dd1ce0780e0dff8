"""Final invoices without their documents, what they bill, and what contracts were before they changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.tax import Tax
from usagebill_tui.store import tables as t
from usagebill_tui.store.ledger import Billed, Item, billed_where, start_between
from usagebill_tui.store.rows import chunks


class Stub(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice without its document."""

    id: str
    status: str
    customer: str
    subscription: str
    start: datetime
    end: datetime
    snapshot: int

    @property
    def period(self) -> tuple[str, str]:
        """Return the subscription and the first day of the period, which an invoice's id carries."""
        return period_of(self)

    @property
    def place(self) -> int:
        """Return which invoice of its period it is, from 1."""
        number = self.id.removeprefix(f"{self.subscription}_")[11:]
        return int(number) if number else 1


def period_of(invoice: Stub | Invoice) -> tuple[str, str]:
    """Return an invoice's subscription and the first day of its billing period, which its id carries."""
    return invoice.subscription, invoice.id.removeprefix(f"{invoice.subscription}_")[:10]


class BilledItem(msgspec.Struct, frozen=True):
    """An item with the invoice, by id, that bills it, and that one's status."""

    item: Item
    invoice: str
    status: str


def next_identity(session: Session, subscription: str, first: str) -> str:
    """Return the id of one more invoice of a billing period, which begins on a day."""
    base = f"{subscription}_{first}"
    query = select(t.InvoiceRow.id).where(t.InvoiceRow.subscription == subscription)
    places = [int(one.removeprefix(base)[1:] or 1) for one in session.scalars(query) if one.startswith(base)]
    return f"{base}_{max(places) + 1}" if places else base


class Earlier(msgspec.Struct, frozen=True):
    """A contract's part as it was until the audit's entry `until` changed it."""

    until: int
    noun: str
    key: str
    definition: Customer | Subscription | Tax


def final_stubs(session: Session, customers: Sequence[str] = ()) -> list[Stub]:
    """Return the final and paid invoices, of all customers or of these, by period, customer and id."""
    settled = t.InvoiceRow.status.in_(["final", "paid"])
    theirs = t.InvoiceRow.customer.in_(customers) if customers else true()
    return _stubs(session, settled, theirs)


def stubs_of(session: Session, subscriptions: Iterable[str]) -> list[Stub]:
    """Return the invoices of some subscriptions that are not void."""
    standing = t.InvoiceRow.status != "void"
    return [
        stub
        for chunk in chunks(sorted(set(subscriptions)))
        for stub in _stubs(session, standing, t.InvoiceRow.subscription.in_(chunk))
    ]


def items_of(session: Session, invoices: Iterable[str]) -> dict[str, list[Item]]:
    """Return what some invoices bill, by their ids."""
    item = t.InvoiceItemRow
    found: dict[str, list[Item]] = {}
    for chunk in chunks(sorted(set(invoices))):
        query = select(item.invoice, item.subscription, item.product, item.period_start)
        for invoice, subscription, product, first in session.execute(query.where(item.invoice.in_(chunk))):
            found.setdefault(invoice, []).append(Item(subscription, product, first))
    return found


def billed_on(session: Session, invoices: Iterable[str]) -> dict[Item, Billed]:
    """Return all that some invoices bill."""
    return {
        item: where
        for chunk in chunks(sorted(set(invoices)))
        for item, where in billed_where(session, t.InvoiceItemRow.invoice.in_(chunk))
    }


def last_entry(session: Session) -> int:
    """Return the audit's newest entry."""
    return session.scalar(select(func.max(t.AuditRow.id))) or 0


def billed_since(session: Session, entry: int, days: Days) -> set[str]:
    """Return whose invoices, of periods that touch some days, were made or changed after an audit's entry."""
    invoice, row = t.InvoiceRow, t.AuditRow
    first, after = start_between(days)
    query = (
        select(invoice.subscription)
        .join(row, row.key == invoice.id)
        .where(row.id > entry, row.noun == "invoice", row.action.in_(["add", "renew", "finalize", "void"]))
        .where(invoice.period_start >= first, invoice.period_start < after)
    )
    return set(session.scalars(query))


def billed_of(session: Session, subscriptions: Iterable[str]) -> list[BilledItem]:
    """Return all that is billed of some subscriptions, by invoice."""
    item, invoice = t.InvoiceItemRow, t.InvoiceRow
    columns = (item.subscription, item.product, item.period_start, item.invoice, invoice.status)
    query = select(*columns).join(invoice, item.invoice == invoice.id).order_by(item.invoice, item.product)
    return [
        BilledItem(Item(subscription, product, first), identity, status)
        for chunk in chunks(sorted(set(subscriptions)))
        for subscription, product, first, identity, status in session.execute(
            query.where(item.subscription.in_(chunk))
        )
    ]


def earlier_contracts(session: Session) -> list[Earlier]:
    """Return what customers, subscriptions and taxes were before each change, oldest first.

    What was taken out of the audit's record cannot be read and is left out.
    """
    nouns: dict[str, type[Customer | Subscription | Tax]] = {
        "customer": Customer,
        "subscription": Subscription,
        "tax": Tax,
    }
    row = t.AuditRow
    query = (
        select(row.id, row.noun, row.key, row.before)
        .where(row.noun.in_(list(nouns)), row.action == "change")
        .order_by(row.id)
    )
    found = []
    for until, noun, key, before in session.execute(query):
        try:
            found.append(Earlier(until, noun, key, msgspec.json.decode(before or "", type=nouns[noun])))
        except msgspec.MsgspecError:
            continue
    return found


def computed_at(session: Session, invoices: Iterable[str]) -> dict[str, int]:
    """Return the audit's entry with which each invoice was last computed."""
    row = t.AuditRow
    found: dict[str, int] = {}
    for chunk in chunks(sorted(set(invoices))):
        query = select(row.key, func.max(row.id)).where(
            row.noun == "invoice", row.key.in_(chunk), row.action.in_(["add", "renew"])
        )
        found.update((key, entry) for key, entry in session.execute(query.group_by(row.key)))
    return found


def customer_of(session: Session, customer: str) -> Customer:
    """Return a customer that is there, without the rest of the catalogue."""
    return msgspec.json.decode(session.get_one(t.CustomerRow, customer).definition, type=Customer)


def _stubs(session: Session, *conditions: ColumnElement[bool]) -> list[Stub]:
    row = t.InvoiceRow
    query = select(
        row.id, row.status, row.customer, row.subscription, row.period_start, row.period_end, row.snapshot
    )
    found = session.execute(query.where(*conditions).order_by(row.period_start, row.customer, row.id))
    return [
        Stub(id=i, status=s, customer=c, subscription=u, start=start, end=end, snapshot=at)
        for i, s, c, u, start, end, at in found
    ]
