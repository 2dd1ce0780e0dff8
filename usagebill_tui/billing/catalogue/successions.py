"""Subscriptions that go on where another ended, such as on the next version of a plan."""

from collections.abc import Mapping

import msgspec

from usagebill_tui.billing.catalogue.place import NOWHERE, Place
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.names import suggestion


def settle_successions(
    subscriptions: Mapping[str, Subscription], places: Mapping[str, Place]
) -> dict[str, Subscription]:
    """Return subscriptions by id, each knowing since when those that it follows have lasted.

    `places` are those of the ones that changed; they are blamed. Raises InvalidInput for one that follows
    nothing known, another customer's, one that has not ended by then, or one that is followed already.
    """
    settled = dict(subscriptions)
    followers: dict[str, str] = {}
    following = [one for one in subscriptions.values() if one.follows is not None]
    for one in sorted(following, key=lambda each: (each.start, each.id)):
        earlier = _followed(one, settled, places)
        other = followers.setdefault(earlier.id, one.id)
        if other != one.id:
            place = _blamed(places, one.id, other).key("follows")
            raise place.error(
                f"{earlier.id!r} is followed by {other!r} already, not by {one.id!r} too",
                mend="let it follow that, or nothing",
            )
        settled[one.id] = msgspec.structs.replace(one, since=earlier.origin)
    return settled


def _followed(
    one: Subscription, known: Mapping[str, Subscription], places: Mapping[str, Place]
) -> Subscription:
    """Return what a subscription follows; it started earlier, so nothing can follow itself in the end."""
    place = _blamed(places, one.id).key("follows")
    name = one.follows or ""
    earlier = known.get(name)
    if earlier is None or earlier.customer != one.customer or name == one.id:
        own = [key for key, each in known.items() if each.customer == one.customer and key != one.id]
        what = f"{one.customer!r} has no other subscription {name!r} to follow"
        raise place.error(what, mend=suggestion(name, own))
    if earlier.end is None or earlier.end > one.start:
        blamed = _blamed(places, earlier.id).key("end") if earlier.id in places else place
        raise blamed.error(
            f"{earlier.id!r} is followed by {one.id!r} from {one.start} on, so it has to end by then",
            mend=f"give it the end {one.start} or an earlier one",
        )
    return earlier


def _blamed(places: Mapping[str, Place], *keys: str) -> Place:
    return next((places[key] for key in keys if key in places), NOWHERE)
