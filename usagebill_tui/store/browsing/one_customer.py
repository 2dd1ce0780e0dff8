"""One customer's part of the catalogue, so that looking at one does not load a hundred thousand."""

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.store import tables as t
from usagebill_tui.store.catalogue import load_sold


def catalogue_of(session: Session, customer: str) -> Catalogue:
    """Return the catalogue with no customer but this one, and with what decides whose its events are.

    That is its subscriptions, and those of others that have one of its names: events name a subscription
    before a customer. An unknown customer leaves both empty.
    """
    row = session.get(t.CustomerRow, customer)
    if row is None:
        return load_sold(session)
    found = msgspec.json.decode(row.definition, type=Customer)
    named = select(t.SubscriptionNameRow.subscription).where(t.SubscriptionNameRow.name.in_(found.names))
    subscription = t.SubscriptionRow
    contracts = session.scalars(
        select(subscription.definition).where(
            or_(subscription.customer == customer, subscription.id.in_(named))
        )
    )
    bound = [msgspec.json.decode(one, type=Subscription) for one in contracts]
    others = {one.customer for one in bound} - {customer}
    rows = session.scalars(select(t.CustomerRow.definition).where(t.CustomerRow.id.in_(others)))
    customers = [found, *(msgspec.json.decode(one, type=Customer) for one in rows)]
    return msgspec.structs.replace(
        load_sold(session),
        customers={one.id: one for one in customers},
        subscriptions={one.id: one for one in bound},
    )
