"""Archiving: what is used no more is left out of lists; what is still used cannot be archived."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.catalogue.changes import Change
from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.billing.house import House
from usagebill_tui.domain.catalogue import Archivable, Catalogue, Thing
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import NotFound, Refused
from usagebill_tui.store.archived import save_archived
from usagebill_tui.store.catalogue import load_catalogue


class Use(NamedTuple):
    """Something archived that is still used, and by what, in words."""

    noun: Archivable
    key: str
    by: str


def archive(
    house: House, noun: Archivable, keys: Sequence[str], *, away: bool = True, dry_run: bool = False
) -> list[Change]:
    """Archive things by code or id, or, with `away` false, bring them back; return what changed.

    All of them or none. Raises NotFound for one that is unknown, Refused for one that is still used.
    """
    if dry_run:
        with house.database.reading() as session:
            before = load_catalogue(session)
    else:
        with house.database.writing() as session:
            before = load_catalogue(session)
            after = _turned(before, noun, keys, away=away)
            check_unused(after, house.clock())
            save_archived(session, before.archived, after.archived, house.author())
    after = _turned(before, noun, keys, away=away)
    check_unused(after, house.clock())
    return archive_changes(before, after)


def archive_changes(before: Catalogue, after: Catalogue) -> list[Change]:
    """Return what is archived and brought back between two catalogues."""
    gone, back = sorted(after.archived - before.archived), sorted(before.archived - after.archived)
    return [
        *(Change(action="archive", noun=noun, key=key) for noun, key in gone),
        *(Change(action="unarchive", noun=noun, key=key) for noun, key in back),
    ]


def check_unused(catalogue: Catalogue, now: datetime, places: Mapping[Thing, Place] | None = None) -> None:
    """Raise Refused where something archived is still used; `places` say where a file archives it."""
    use = next(uses(catalogue, lambda one: _has_ended(catalogue, one, now)), None)
    if use is not None:
        place = (places or {}).get((use.noun, use.key), NOWHERE)
        raise Refused(
            f"{use.noun} {use.key!r} is archived, and {use.by}",
            where=str(place) or None,
            mend="archive or end that first, or unarchive this",
        )


def uses(catalogue: Catalogue, ended: Callable[[Subscription], bool]) -> Iterator[Use]:
    """Yield what is archived and still used by something that is not; `ended` tells of subscriptions."""
    if not catalogue.archived:
        return
    kept = catalogue.without_archived()
    running = [one for one in catalogue.subscriptions.values() if not ended(one)]
    by_plan = {one.plan: one.id for one in running}
    by_customer = {one.customer: one.id for one in running}
    selling = {code: plan.code for plan in kept.plans.values() for code in plan.products}
    pricing = {product.metric: product.code for product in kept.products.values()}
    told: Mapping[Archivable, Mapping[str | None, str]] = {
        "metric": {key: f"product {by!r} prices it" for key, by in pricing.items()},
        "product": {key: f"plan {by!r} sells it" for key, by in selling.items()},
        "plan": {key: f"subscription {by!r} is on it" for key, by in by_plan.items()},
        "customer": {key: f"its subscription {by!r} has not ended" for key, by in by_customer.items()},
        "subscription": {one.id: "it has not ended" for one in running},
    }
    for noun, key in sorted(catalogue.archived):
        if key in told[noun]:
            yield Use(noun, key, told[noun][key])


def things(catalogue: Catalogue, noun: Archivable) -> Mapping[str, object]:
    """Return all of one kind by code or id."""
    kinds: Mapping[Archivable, Mapping[str, object]] = {
        "metric": catalogue.metrics,
        "product": catalogue.products,
        "plan": catalogue.plans,
        "customer": catalogue.customers,
        "subscription": catalogue.subscriptions,
    }
    return kinds[noun]


def _turned(before: Catalogue, noun: Archivable, keys: Sequence[str], *, away: bool) -> Catalogue:
    known = things(before, noun)
    for key in keys:
        if key not in known:
            raise NotFound(f"there is no {noun} {key!r}", mend=suggestion(key, known))
    meant: frozenset[Thing] = frozenset((noun, key) for key in keys)
    archived = before.archived | meant if away else before.archived - meant
    return msgspec.structs.replace(before, archived=archived)


def _has_ended(catalogue: Catalogue, one: Subscription, now: datetime) -> bool:
    return one.end is not None and one.end <= _today(catalogue, one, now)


def _today(catalogue: Catalogue, one: Subscription, now: datetime) -> date:
    return local_day(now, zone(catalogue.customers[one.customer].timezone))
