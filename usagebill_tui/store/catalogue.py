"""The catalogue in the database: loaded as one value, saved as the difference of two."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.plan import Plan, PlanVersion
from usagebill_tui.domain.product import Product
from usagebill_tui.domain.tax import Tax
from usagebill_tui.store import tables as t
from usagebill_tui.store.archived import archived_things, save_archived
from usagebill_tui.store.audit import Author, Told, record_all
from usagebill_tui.store.counters import next_number, reached
from usagebill_tui.store.rows import chunks

_T = TypeVar("_T")

_EDITION = "catalogue"


def load_catalogue(session: Session) -> Catalogue:
    """Return all that is sold, every plan version and who is on them."""
    # Of thousands, columns are loaded: an object of each row takes longer than its definition is read.
    customers = session.execute(select(t.CustomerRow.id, t.CustomerRow.definition))
    subscriptions = session.execute(select(t.SubscriptionRow.id, t.SubscriptionRow.definition))
    return msgspec.structs.replace(
        load_sold(session),
        customers={key: _decode(told, Customer) for key, told in customers},
        subscriptions={key: _decode(told, Subscription) for key, told in subscriptions},
    )


def edition(session: Session) -> int:
    """Return a number that each change of the catalogue raises: the same number, the same catalogue."""
    return reached(session, _EDITION)


def new_edition(session: Session) -> None:
    """Tell those who read the catalogue before that it is another one now."""
    next_number(session, _EDITION)


def load_sold(session: Session) -> Catalogue:
    """Return all that is sold and every plan version, without customers and subscriptions."""
    return Catalogue(
        metrics={row.code: _decode(row.definition, Metric) for row in session.scalars(select(t.MetricRow))},
        products={
            row.code: _decode(row.definition, Product) for row in session.scalars(select(t.ProductRow))
        },
        plans={row.code: _decode(row.definition, Plan) for row in session.scalars(select(t.PlanRow))},
        taxes={row.code: _decode(row.definition, Tax) for row in session.scalars(select(t.TaxRow))},
        versions={
            (row.plan, row.version): _decode(row.definition, PlanVersion)
            for row in session.scalars(select(t.PlanVersionRow))
        },
        archived=archived_things(session),
    )


def used_versions(session: Session) -> frozenset[tuple[str, int]]:
    """Return the (plan, version) pairs that a subscription is on or was billed by."""
    subscribed = session.execute(select(t.SubscriptionRow.plan, t.SubscriptionRow.version).distinct())
    return frozenset((plan, version) for plan, version in subscribed)


def billed_subscriptions(session: Session, within: Collection[str] | None = None) -> dict[str, date | None]:
    """Return the subscriptions, all or `within` these few, with an invoice that is not void.

    With each comes the first day of the last period that a final invoice bills; None with drafts only.
    """
    item, invoice = t.InvoiceItemRow, t.InvoiceRow
    final = case((invoice.status != "draft", item.period_start))
    query = select(item.subscription, func.max(final)).join(invoice, item.invoice == invoice.id)
    if within is not None:
        query = query.where(item.subscription.in_(within))
    found: dict[str, date | None] = {}
    found.update((row[0], row[1]) for row in session.execute(query.group_by(item.subscription)))
    return found


class _Change(NamedTuple):
    noun: str
    key: str
    old: Any
    new: Any


def save_catalogue(session: Session, before: Catalogue, after: Catalogue, author: Author) -> int:
    """Write what differs, record each change in the audit, and return how many changes there were.

    `before` is what the same transaction loaded. What `after` leaves out stays.
    """
    differing = list(_differences(before, after))
    for kind, table in _TABLES.items():
        added = [_values(c.new) for c in differing if c.old is None and isinstance(c.new, kind)]
        changed = [_values(c.new) for c in differing if c.old is not None and isinstance(c.new, kind)]
        if added:
            session.execute(insert(table), added)
        if changed:
            session.execute(update(table), changed)
    _save_names(session, t.CustomerNameRow, [c for c in differing if isinstance(c.new, Customer)])
    _save_names(session, t.SubscriptionNameRow, [c for c in differing if isinstance(c.new, Subscription)])
    record_all(
        session,
        author,
        (Told("add" if c.old is None else "change", c.noun, c.key, c.old, c.new) for c in differing),
    )
    turned = save_archived(session, before.archived, after.archived, author)
    if differing or turned:
        new_edition(session)
    session.flush()
    return len(differing) + turned


def _differences(before: Catalogue, after: Catalogue) -> Iterator[_Change]:
    kinds: list[tuple[str, Mapping[Any, Any], Mapping[Any, Any]]] = [
        ("metric", before.metrics, after.metrics),
        ("product", before.products, after.products),
        ("tax", before.taxes, after.taxes),
        ("plan", before.plans, after.plans),
        ("plan version", before.versions, after.versions),
        ("customer", before.customers, after.customers),
        ("subscription", before.subscriptions, after.subscriptions),
    ]
    for noun, old, new in kinds:
        for key, value in new.items():
            if old.get(key) != value:
                label = key if isinstance(key, str) else f"{key[0]}@{key[1]}"
                yield _Change(noun, label, old.get(key), value)


_TABLES: dict[type[msgspec.Struct], type[t.Base]] = {
    Metric: t.MetricRow,
    Product: t.ProductRow,
    Tax: t.TaxRow,
    Plan: t.PlanRow,
    PlanVersion: t.PlanVersionRow,
    Customer: t.CustomerRow,
    Subscription: t.SubscriptionRow,
}
"""The table of each noun, in the order in which they may refer to each other."""


def _values(value: Any) -> dict[str, Any]:
    """Return the columns of a noun's row."""
    definition = msgspec.json.encode(value, order="deterministic").decode()
    match value:
        case PlanVersion():
            columns: dict[str, Any] = {"plan": value.plan.code, "version": value.version}
        case Customer():
            columns = {
                "id": value.id,
                "name": value.name,
                "searched": searched_text(value.name, *value.names),
            }
        case Subscription():
            searched = ("id", "customer", "plan", "version", "start", "end")
            columns = {name: getattr(value, name) for name in searched}
        case _:
            columns = {"code": value.code}
    return {**columns, "definition": definition}


def searched_text(*texts: str) -> str:
    """Return texts as a search compares them: a line each, whatever their case."""
    return "\n".join(texts).casefold()


def _save_names(
    session: Session, table: type[t.CustomerNameRow | t.SubscriptionNameRow], changed: Sequence[_Change]
) -> None:
    """Write the names of changed owners, all old ones going first: a name may pass from one to another."""
    owner = "customer" if table is t.CustomerNameRow else "subscription"
    owners = [change.new.id for change in changed if change.old is not None]
    for some in chunks(owners):
        session.execute(delete(table).where(getattr(table, owner).in_(some)))
    names = [{"name": name, owner: c.new.id} for c in changed for name in c.new.names]
    if names:
        session.execute(insert(table), names)


def _decode(definition: str, kind: type[_T]) -> _T:
    return msgspec.json.decode(definition, type=kind)
