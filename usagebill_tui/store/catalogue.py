"""The catalogue in the database: loaded as one value, saved as the difference of two."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.plan import Plan, PlanVersion
from usagebill_tui.domain.product import Product
from usagebill_tui.store import tables as t
from usagebill_tui.store.audit import Author, record

_T = TypeVar("_T")


def load_catalogue(session: Session) -> Catalogue:
    """Return all that is sold, every plan version and who is on them."""
    return Catalogue(
        metrics={row.code: _decode(row.definition, Metric) for row in session.scalars(select(t.MetricRow))},
        products={
            row.code: _decode(row.definition, Product) for row in session.scalars(select(t.ProductRow))
        },
        plans={row.code: _decode(row.definition, Plan) for row in session.scalars(select(t.PlanRow))},
        versions={
            (row.plan, row.version): _decode(row.definition, PlanVersion)
            for row in session.scalars(select(t.PlanVersionRow))
        },
        customers={
            row.id: _decode(row.definition, Customer) for row in session.scalars(select(t.CustomerRow))
        },
        subscriptions={
            row.id: _decode(row.definition, Subscription)
            for row in session.scalars(select(t.SubscriptionRow))
        },
    )


def used_versions(session: Session) -> frozenset[tuple[str, int]]:
    """Return the (plan, version) pairs that a subscription is on or was billed by."""
    subscribed = session.execute(select(t.SubscriptionRow.plan, t.SubscriptionRow.version).distinct())
    return frozenset((plan, version) for plan, version in subscribed)


def billed_subscriptions(session: Session) -> frozenset[str]:
    """Return the subscriptions that have an invoice which is not void."""
    return frozenset(session.scalars(select(t.InvoiceItemRow.subscription).distinct()))


def save_catalogue(session: Session, before: Catalogue, after: Catalogue, author: Author) -> int:
    """Write what differs, record each change in the audit, and return how many changes there were."""
    count = 0
    for noun, key, old, new in _differences(before, after):
        session.merge(_row(new))
        session.flush()
        if isinstance(new, Customer):
            _save_customer_names(session, new)
        if isinstance(new, Subscription):
            _save_subscription_names(session, new)
        record(session, author, "add" if old is None else "change", noun, key, before=old, after=new)
        count += 1
    return count


def _differences(before: Catalogue, after: Catalogue) -> Iterator[tuple[str, str, Any, Any]]:
    kinds: list[tuple[str, Mapping[Any, Any], Mapping[Any, Any]]] = [
        ("metric", before.metrics, after.metrics),
        ("product", before.products, after.products),
        ("plan", before.plans, after.plans),
        ("plan version", before.versions, after.versions),
        ("customer", before.customers, after.customers),
        ("subscription", before.subscriptions, after.subscriptions),
    ]
    for noun, old, new in kinds:
        for key, value in new.items():
            if old.get(key) != value:
                label = key if isinstance(key, str) else f"{key[0]}@{key[1]}"
                yield noun, label, old.get(key), value


def _row(value: Any) -> t.Base:
    definition = msgspec.json.encode(value, order="deterministic").decode()
    match value:
        case Metric():
            return t.MetricRow(code=value.code, definition=definition)
        case Product():
            return t.ProductRow(code=value.code, definition=definition)
        case Plan():
            return t.PlanRow(code=value.code, definition=definition)
        case PlanVersion():
            return t.PlanVersionRow(plan=value.plan.code, version=value.version, definition=definition)
        case Customer():
            return t.CustomerRow(id=value.id, definition=definition)
        case Subscription():
            return t.SubscriptionRow(
                id=value.id,
                customer=value.customer,
                plan=value.plan,
                version=value.version,
                start=value.start,
                end=value.end,
                definition=definition,
            )
        case _:
            raise TypeError(type(value))


def _save_customer_names(session: Session, customer: Customer) -> None:
    session.execute(delete(t.CustomerNameRow).where(t.CustomerNameRow.customer == customer.id))
    session.add_all(t.CustomerNameRow(name=name, customer=customer.id) for name in customer.names)
    session.flush()


def _save_subscription_names(session: Session, subscription: Subscription) -> None:
    session.execute(
        delete(t.SubscriptionNameRow).where(t.SubscriptionNameRow.subscription == subscription.id)
    )
    session.add_all(
        t.SubscriptionNameRow(name=name, subscription=subscription.id) for name in subscription.names
    )
    session.flush()


def _decode(definition: str, kind: type[_T]) -> _T:
    return msgspec.json.decode(definition, type=kind)
