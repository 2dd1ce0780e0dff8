"""The part of the catalogue around some names: quick where there are many customers."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.store import tables as t
from usagebill_tui.store.catalogue import load_sold
from usagebill_tui.store.rows import chunks


def load_around(session: Session, names: Iterable[str]) -> Catalogue:
    """Return all that is sold, and the customers and subscriptions that go by one of these names.

    With a subscription comes its customer, with a customer all its subscriptions.
    """
    wanted = sorted(set(names))
    owners = set(wanted)
    for part in chunks(wanted):
        owners.update(
            session.scalars(select(t.CustomerNameRow.customer).where(t.CustomerNameRow.name.in_(part)))
        )
        owners.update(_customers_of_subscriptions(session, part))
    customers: dict[str, Customer] = {}
    subscriptions: dict[str, Subscription] = {}
    for part in chunks(sorted(owners)):
        for definition in session.scalars(select(t.CustomerRow.definition).where(t.CustomerRow.id.in_(part))):
            customer = msgspec.json.decode(definition, type=Customer)
            customers[customer.id] = customer
        for definition in session.scalars(
            select(t.SubscriptionRow.definition).where(t.SubscriptionRow.customer.in_(part))
        ):
            subscription = msgspec.json.decode(definition, type=Subscription)
            subscriptions[subscription.id] = subscription
    return msgspec.structs.replace(load_sold(session), customers=customers, subscriptions=subscriptions)


def _customers_of_subscriptions(session: Session, names: Sequence[str]) -> Iterable[str]:
    name, row = t.SubscriptionNameRow, t.SubscriptionRow
    query = select(row.customer).join(name, name.subscription == row.id).where(name.name.in_(names))
    return session.scalars(query)
