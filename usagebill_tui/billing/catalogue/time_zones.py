"""A customer's change of time zone: what had begun by then ends in the zone in which it began."""

from datetime import date, datetime

import msgspec

from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Customer, EarlierZone
from usagebill_tui.domain.zones import local_day, zone


def with_earlier_zones(before: Catalogue, after: Catalogue, now: datetime) -> Catalogue:
    """Return a changed catalogue in which customers with another zone keep the one that they had until now.

    Who has no subscription that has started changes at once.
    """
    moved = {
        key: one
        for key, one in after.customers.items()
        if key in before.customers and before.customers[key].timezone != one.timezone
    }
    if not moved:
        return after
    started: dict[str, date] = {}
    for one in before.subscriptions.values():
        started[one.customer] = min(one.start, started.get(one.customer, date.max))
    kept = {
        key: _kept(before.customers[key], one, now)
        for key, one in moved.items()
        if started.get(key, date.max) <= local_day(now, zone(before.customers[key].timezone))
    }
    return msgspec.structs.replace(after, customers={**after.customers, **kept}) if kept else after


def _kept(old: Customer, new: Customer, now: datetime) -> Customer:
    until = local_day(now, zone(old.timezone))
    return msgspec.structs.replace(
        new, earlier_zones=(*old.earlier_zones, EarlierZone(timezone=old.timezone, until=until))
    )
