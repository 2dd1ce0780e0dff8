"""The subscriptions of a file, worked into a catalogue."""

from collections.abc import Mapping
from datetime import date
from itertools import combinations

import msgspec

from usagebill_tui.billing.catalogue.customers import SubscriptionTable
from usagebill_tui.billing.catalogue.file import CatalogueFile
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.billing.catalogue.prices import check_override
from usagebill_tui.billing.catalogue.successions import settle_successions
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.plan import PlanVersion


def apply_subscriptions(file: CatalogueFile, catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with the file's subscriptions; its plans, versions and customers are the file's.

    Raises InvalidInput for an unknown plan, version or product and for currencies that differ.
    """
    latest = {code: catalogue.latest(code) for code in catalogue.plans}
    changed = {table.id: _subscription(table, catalogue, latest) for table in file.subscriptions}
    places = {table.id: table.place for table in file.subscriptions}
    wanted = msgspec.structs.replace(
        catalogue, subscriptions=settle_successions({**catalogue.subscriptions, **changed}, places)
    )
    for subscription in changed.values():
        check_subscription(subscription, wanted, places[subscription.id])
    _check_customers({each.value.id: each.place for each in file.customers}, wanted)
    return wanted


def check_subscription(subscription: Subscription, catalogue: Catalogue, place: Place = NOWHERE) -> None:
    """Refuse overrides of what the plan version does not sell, and a currency that is not the customer's."""
    version = catalogue.versions[subscription.plan, subscription.version]
    products = {product.code: product for product in version.products}
    for code, price in subscription.prices.items():
        at = place.key("prices").key(code)
        if code not in products:
            raise at.error(f"{version.label} sells no product {code!r}", mend=suggestion(code, products))
        check_override(price, products[code], at)
    _check_currency(subscription, catalogue, place.key("plan"))


def check_double_billing(
    catalogue: Catalogue, customers: set[str], places: Mapping[str, Place] | None = None
) -> None:
    """Raise Refused where two subscriptions of one of the customers would bill an event twice.

    They do where both are active on a day, price the same metric of the same event, and not both have an
    alias, of their own or of one that they follow, for events to name them by.
    """
    contracts: dict[str, list[Subscription]] = {}
    for subscription in catalogue.subscriptions.values():
        if subscription.customer in customers:
            contracts.setdefault(subscription.customer, []).append(subscription)
    for several in contracts.values():
        for one, other in combinations(several, 2):
            twice = _billed_twice(one, other, catalogue)
            if twice:
                blamed = other if places is None or other.id in places else one
                place = NOWHERE if places is None else places.get(blamed.id, NOWHERE)
                raise place.refusal(
                    f"{one.id!r} and {other.id!r} of {one.customer!r} both price the metric {twice[0]!r}, "
                    "so an event would be billed twice",
                    mend="give both an alias that events name, or end one before the other starts",
                )


def _subscription(table: SubscriptionTable, catalogue: Catalogue, latest: Mapping[str, int]) -> Subscription:
    """Return the subscription of a table: without a version, on its own or else the newest."""
    before = catalogue.subscriptions.get(table.id)
    if before is not None and before.customer != table.customer:
        place = table.place.key("id")
        raise place.error(f"{table.id!r} is a subscription of {before.customer!r}", mend="use another id")
    if table.plan not in latest:
        raise table.place.key("plan").error(
            f"unknown plan {table.plan!r}", mend=suggestion(table.plan, latest)
        )
    version = table.version
    if version is None:
        stays = before is not None and before.plan == table.plan
        version = before.version if before is not None and stays else latest[table.plan]
    if (table.plan, version) not in catalogue.versions:
        labels = [each.label for (code, _), each in catalogue.versions.items() if code == table.plan]
        raise table.place.key("plan").error(
            f"unknown plan version '{table.plan}@{version}'", mend=f"known: {', '.join(labels)}"
        )
    return Subscription(
        id=table.id,
        customer=table.customer,
        plan=table.plan,
        version=version,
        start=table.start,
        end=table.end,
        aliases=table.aliases,
        prices=table.prices,
        follows=table.follows or (None if before is None else before.follows),
    )


def _check_customers(places: Mapping[str, Place], catalogue: Catalogue) -> None:
    """Refuse a customer whose currency is no longer that of its subscriptions."""
    for subscription in catalogue.subscriptions.values():
        if subscription.customer in places:
            _check_currency(subscription, catalogue, places[subscription.customer].key("currency"))


def _check_currency(subscription: Subscription, catalogue: Catalogue, place: Place) -> None:
    """Refuse a plan in another currency than its customer's."""
    customer = catalogue.customers[subscription.customer]
    plan = catalogue.versions[subscription.plan, subscription.version].plan
    if customer.currency != plan.currency:
        raise place.error(
            f"{subscription.plan_label} is in {plan.currency}, "
            f"the customer {customer.id!r} pays in {customer.currency}",
            mend=f"use a plan in {customer.currency}, or change the customer's currency",
        )


def _billed_twice(one: Subscription, other: Subscription, catalogue: Catalogue) -> list[str]:
    """Return the metrics by which two subscriptions of one customer would bill an event twice."""
    if not _overlap(one, other) or all(_has_alias(each, catalogue) for each in (one, other)):
        return []
    versions = catalogue.versions
    both = _priced(versions[one.plan, one.version]) & _priced(versions[other.plan, other.version])
    return sorted(code for code, _ in both)


def _has_alias(subscription: Subscription, catalogue: Catalogue) -> bool:
    """Tell whether a subscription, or one that it follows, has an alias for events to name it by."""
    known = catalogue.subscriptions
    while not subscription.aliases and subscription.follows in known:
        subscription = known[subscription.follows]
    return bool(subscription.aliases)


def _overlap(one: Subscription, other: Subscription) -> bool:
    """Tell whether two subscriptions are active on a day."""
    return one.start < (other.end or date.max) and other.start < (one.end or date.max)


def _priced(version: PlanVersion) -> set[tuple[str, str]]:
    """Return the metrics that a version prices, each with the event it listens to."""
    return {(metric.code, metric.event_code) for metric in version.metrics}
