"""A proof of what a workspace holds: two that prove the same bill the same, whatever stores they lie in."""

import hashlib

import msgspec

from usagebill_tui.billing.adjustments.recomputing import recompute, standing
from usagebill_tui.billing.house import House
from usagebill_tui.domain.invoice import canonical, fixed_part
from usagebill_tui.events.content import content_of
from usagebill_tui.eventstore.types import Search
from usagebill_tui.store.billed import final_stubs
from usagebill_tui.store.catalogue import load_catalogue


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How many events count and how many invoices are final, and the SHA-256 of each.

    Invoices are taken as they come out when they are recomputed.
    """

    snapshot: int
    events: int
    events_digest: str
    invoices: int
    invoices_digest: str


def prove(house: House) -> Proof:
    """Read every event that counts, and recompute every final invoice."""
    snapshot = house.events.snapshot()
    events, events_digest = _events(house, snapshot)
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        those = standing(session, catalogue, final_stubs(session), "agreed")
    digest, count = hashlib.sha256(), 0
    for one in sorted(recompute(house, catalogue, those, snapshot), key=lambda found: found.billed.id):
        told = canonical(fixed_part(one.now)) if one.now is not None else one.problem.encode()
        digest.update(one.billed.id.encode() + b"\n" + told + b"\n")
        count += 1
    return Proof(
        snapshot=snapshot,
        events=events,
        events_digest=events_digest,
        invoices=count,
        invoices_digest=digest.hexdigest(),
    )


def _events(house: House, snapshot: int) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    for event in house.events.events(Search(), snapshot):
        content = content_of(event.source, event.account, event.metric, event.timestamp, event.properties)
        digest.update(msgspec.json.encode((event.batch, event.id, content)) + b"\n")
        count += 1
    return count, digest.hexdigest()
