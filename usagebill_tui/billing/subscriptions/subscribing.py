"""Single changes to subscriptions, by the rules of the catalogue file."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from usagebill_tui.billing.catalogue.applying import Applied, change_catalogue
from usagebill_tui.billing.catalogue.layout import customer_table, subscription_table
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.billing.usage.accounts import active_days
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import NotFound, Refused

Table = Mapping[str, Any]

_DAY = timedelta(days=1)


def add_subscription(house: House, customer: str, table: Table, *, dry_run: bool = False) -> Applied:
    """Put a customer on a plan: `{"plan": "pro", "start": …}` and any other key of the file's table.

    Raises NotFound for an unknown customer, Refused where the id is taken.
    """

    def change(catalogue: Catalogue) -> Table:
        _check_customer(catalogue, customer)
        named = table.get("id", f"{customer}-{str(table.get('plan', '')).partition('@')[0]}")
        if named in catalogue.subscriptions:
            raise Refused(f"there is a subscription {named!r} already", mend="change it, or use another id")
        return tables(catalogue, {customer: [table]})

    return change_catalogue(house, change, dry_run=dry_run)


def change_subscription(house: House, name: str, changes: Table, *, dry_run: bool = False) -> Applied:
    """Give a subscription other values by the keys of its table; None takes one away.

    `prices` are merged product by product, None taking that product's own price away. Raises NotFound.
    """

    def change(catalogue: Catalogue) -> Table:
        one = found_subscription(catalogue, name)
        table = subscription_table(one)
        prices = {**table.get("prices", {}), **(changes.get("prices") or {})}
        changed = {**table, **changes, "prices": _without_none(prices)}
        return tables(catalogue, {one.customer: [_without_none(changed)]})

    return change_catalogue(house, change, dry_run=dry_run)


def cancel_subscription(
    house: House, name: str, day: date | None = None, *, now: bool = False, dry_run: bool = False
) -> Applied:
    """End a subscription on a day, by default where its current period ends; it is not active on that day.

    With `now`, today is its last day. Fees that were billed in advance for later days are credited. Raises
    NotFound, and Refused where it has ended or a final invoice bills usage or fees in arrears of later days.
    """

    def change(catalogue: Catalogue) -> Table:
        one = found_subscription(catalogue, name)
        contract = contract_of(one, catalogue)
        if now:
            end = local_day(house.clock(), zone(contract.customer.timezone)) + _DAY
        else:
            end = day or next_boundary(contract, house.clock())
        if one.end is not None and one.end <= end:
            raise Refused(f"{one.id!r} ends on {one.end} already", mend="name an earlier day")
        return tables(catalogue, {one.customer: [{**subscription_table(one), "end": end}]})

    return change_catalogue(house, change, dry_run=dry_run)


def contract_of(subscription: Subscription, catalogue: Catalogue) -> Contract:
    """Return the contract of a subscription."""
    version = catalogue.versions[subscription.plan, subscription.version]
    return Contract(subscription, catalogue.customers[subscription.customer], version)


def next_boundary(contract: Contract, now: datetime) -> date:
    """Return the day on which the current period ends; of one that is yet to start, its first period."""
    today = local_day(now, zone(contract.customer.timezone))
    return contract.cycle.containing(max(today, active_days(contract.subscription).first)).after


def found_subscription(catalogue: Catalogue, name: str) -> Subscription:
    """Return the subscription of this id or alias; raises NotFound."""
    owners = {each: one for one in catalogue.subscriptions.values() for each in one.names}
    if name not in owners:
        raise NotFound(f"there is no subscription {name!r}", mend=suggestion(name, owners))
    return owners[name]


def tables(catalogue: Catalogue, subscriptions: Mapping[str, Iterable[Table]]) -> dict[str, Any]:
    """Return customers as they are, each with tables of subscriptions, as a catalogue file's tables."""
    return {
        "customer": [
            {**customer_table(catalogue.customers[key]), "subscription": list(each)}
            for key, each in subscriptions.items()
        ]
    }


def _check_customer(catalogue: Catalogue, customer: str) -> None:
    if customer not in catalogue.customers:
        mend = suggestion(customer, catalogue.customers)
        raise NotFound(f"there is no customer {customer!r}", mend=mend)


def _without_none(table: Table) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}
