"""The catalogue that a file asks for: what there is, with the file's tables added or changed."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from usagebill_tui.billing.catalogue.contracts import apply_subscriptions, check_double_billing
from usagebill_tui.billing.catalogue.file import CatalogueFile, Placed
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.billing.catalogue.plan_tables import apply_plans
from usagebill_tui.billing.catalogue.taxes import check_taxes
from usagebill_tui.billing.catalogue.versions import VersionKey
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, Subscription
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.product import Product


def resolve(file: CatalogueFile, base: Catalogue, used: Collection[VersionKey] = frozenset()) -> Catalogue:
    """Return `base` with the file's tables added or changed; what the file leaves out stays as it is.

    `used` are the plan versions that an invoice refers to; those of `base`'s subscriptions are added. Raises
    InvalidInput for a code that neither the file nor `base` knows and for a name that is taken, Refused where
    a used version would be edited or an event would be billed twice.
    """
    taken = {*used, *((each.plan, each.version) for each in base.subscriptions.values())}
    sold = msgspec.structs.replace(
        base,
        metrics={**base.metrics, **{each.value.code: each.value for each in file.metrics}},
        products={**base.products, **{each.value.code: each.value for each in file.products}},
        taxes={**base.taxes, **{each.value.code: each.value for each in file.taxes}},
        customers={**base.customers, **{each.value.id: _known(each.value, base) for each in file.customers}},
    )
    _check_metrics(file.products, sold.metrics)
    _check_taxes(file, sold)
    planned = apply_plans(file.plans, sold, taken)
    check_names(planned.customers, {each.value.id: each.place for each in file.customers}, "customer")
    wanted = apply_subscriptions(file, planned)
    places = {each.id: each.place for each in file.subscriptions}
    check_names(wanted.subscriptions, places, "subscription")
    check_double_billing(wanted, {each.customer for each in file.subscriptions}, places)
    away = {one.thing for one in file.archived if one.away}
    back = {one.thing for one in file.archived if not one.away}
    return msgspec.structs.replace(wanted, archived=(base.archived | away) - back)


def _known(customer: Customer, base: Catalogue) -> Customer:
    """Return a file's customer with the zones that it had, of which its table need not say anything."""
    stored = base.customers.get(customer.id)
    if stored is None or customer.earlier_zones:
        return customer
    return msgspec.structs.replace(customer, earlier_zones=stored.earlier_zones)


def check_names(
    nouns: Mapping[str, Customer] | Mapping[str, Subscription], places: Mapping[str, Place], noun: str
) -> None:
    """Raise InvalidInput where two customers, or two subscriptions, answer to one name.

    `places` are those of the ones that changed; they are blamed.
    """
    owners: dict[str, str] = {}
    for key in _unchanged_first(nouns, places):
        for name in nouns[key].names:
            owner = owners.setdefault(name, key)
            if owner != key:
                place = places.get(key, NOWHERE).key("id" if name == key else "aliases")
                raise place.error(f"{name!r} already names the {noun} {owner!r}", mend="use another name")


def _unchanged_first(keys: Iterable[str], changed: Collection[str]) -> Iterable[str]:
    """Yield the keys that did not change, then those that did, in the order in which they were given."""
    yield from (key for key in keys if key not in changed)
    yield from changed


def _check_metrics(products: Iterable[Placed[Product]], metrics: Mapping[str, Metric]) -> None:
    """Refuse a product of a metric that is not known."""
    for place, product in products:
        if product.metric is not None and product.metric not in metrics:
            mend = suggestion(product.metric, metrics)
            raise place.key("metric").error(f"unknown metric {product.metric!r}", mend=mend)


def _check_taxes(file: CatalogueFile, sold: Catalogue) -> None:
    """Refuse codes of taxes that are not known, and two that one price would have to contain."""
    places = {each.value.code: each.place for each in file.products}
    frozen = [product for plan in file.plans for product in plan.products]
    for product in (*sold.products.values(), *frozen):
        check_taxes(product.tax, sold.taxes, places.get(product.code, NOWHERE).key("tax"))
    owners = {each.value.id: each.place for each in file.customers}
    for customer in sold.customers.values() if file.taxes else (each.value for each in file.customers):
        check_taxes(customer.tax, sold.taxes, owners.get(customer.id, NOWHERE).key("tax"))
