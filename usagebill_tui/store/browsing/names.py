"""Whom and what events may name, looked up one at a time."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Metric
from usagebill_tui.store import tables as t


def customer_of(session: Session, name: str) -> Customer | None:
    """Return the customer with this id or alias."""
    row = session.get(t.CustomerRow, name)
    if row is None:
        known = session.get(t.CustomerNameRow, name)
        row = None if known is None else session.get(t.CustomerRow, known.customer)
    return None if row is None else msgspec.json.decode(row.definition, type=Customer)


def account_names(session: Session, customer: Customer) -> tuple[str, ...]:
    """Return every name by which events reach a customer; one that a subscription has is that one's."""
    names = list(customer.names)
    taken = session.scalars(select(t.SubscriptionNameRow.name).where(t.SubscriptionNameRow.name.in_(names)))
    others = set(taken)
    own = [name for name in names if name not in others]
    query = select(t.SubscriptionRow).where(t.SubscriptionRow.customer == customer.id)
    for row in session.scalars(query.order_by(t.SubscriptionRow.start, t.SubscriptionRow.id)):
        own += msgspec.json.decode(row.definition, type=Subscription).names
    return tuple(dict.fromkeys(own))


def event_code(session: Session, metric: str) -> str:
    """Return the code that a metric's events carry; what is no metric is taken for such a code itself."""
    row = session.get(t.MetricRow, metric)
    return metric if row is None else msgspec.json.decode(row.definition, type=Metric).event_code
