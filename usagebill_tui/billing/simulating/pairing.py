"""Pairing: both sides of a subscription over the same days, and what has to be measured for them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.billing.simulating.metering import Block, Names, Span
from usagebill_tui.billing.simulating.offering import Offer
from usagebill_tui.billing.simulating.tallying import Layout, Part, Shape, Shapes, Slot, Spans
from usagebill_tui.billing.usage.accounts import Accounts, active_days
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.periods import Days

NOTHING_WHOLE = "no whole billing period of it has ended within the dates"
_NO_COMMON_DAYS = "its billing periods before and after share no days to compare"


class Pair(NamedTuple):
    """One subscription on both sides; `days` are those that both cover, `problem` why there are none."""

    offer: Offer
    days: Days | None
    before: Part | None
    after: Part | None
    problem: str


class _Match(msgspec.Struct, frozen=True):
    """Two shapes over their common days: the spans of both, and the layouts; without days, no layouts."""

    days: Days | None
    spans: tuple[Span, ...] = ()
    before: Layout = Layout((), ())
    after: Layout = Layout((), ())


class Pairing:
    """Pairs offers; what shapes have in common is worked out once for all contracts of these shapes."""

    def __init__(self, days: Days, shapes: Shapes, names: tuple[Accounts, Accounts]) -> None:
        self._days = days
        self._shapes = shapes
        self._names = names
        self._matches: dict[tuple[int, int], _Match] = {}
        self._blocks: dict[tuple[int, str], Block] = {}

    @property
    def wanted(self) -> int:
        """Return how many values are to be measured for what was paired."""
        return sum(block.size * len(block.spans) for block in self._blocks.values())

    def taken(self) -> list[Block]:
        """Return what is to be measured for what was paired, and begin anew."""
        blocks = list(self._blocks.values())
        self._blocks = {}
        return blocks

    def pair(self, offer: Offer) -> Pair | None:
        """Return both sides of an offer, None where the subscription is not active in the days at all."""
        sides = [one for one in (offer.before, offer.after) if one is not None]
        if all(active_days(one.subscription).overlap(self._days) is None for one in sides):
            return None
        problem = offer.problem or _other_currency(offer)
        if problem:
            return Pair(offer, None, None, None, problem)
        new = self._shapes.of(offer.after)
        old = new if offer.before is None else self._shapes.of(offer.before)
        if not old.slots and not new.slots:
            return Pair(offer, None, None, None, NOTHING_WHOLE)
        match = self._match(old, new)
        if match.days is None:
            return Pair(offer, None, None, None, _NO_COMMON_DAYS)
        return self._wanted(offer, match)

    def _match(self, old: Shape, new: Shape) -> _Match:
        # The shapes live as long as this does, so their ids stay theirs.
        key = id(old), id(new)
        match = self._matches.get(key)
        if match is None:
            match = self._matches[key] = _matched(old.slots, new.slots)
        return match

    def _wanted(self, offer: Offer, match: _Match) -> Pair:
        """Have both sides measured, together where they count events by the same names."""
        own, other = self._names
        after = self._block(match, "after")
        names = _accounts(other, offer.after, after.metrics)
        new = Part(match.after, after, after.add(offer.customer, names))
        if offer.before is None:
            return Pair(offer, match.days, None, new, "")
        earlier = _accounts(own, offer.before, after.metrics)
        before, place = after, new.place
        if earlier != names:
            before = self._block(match, "before")
            place = before.add(offer.customer, earlier)
        return Pair(offer, match.days, Part(match.before, before, place), new, "")

    def _block(self, match: _Match, side: str) -> Block:
        # The matches live as long as this does, so their ids stay theirs.
        key = id(match), side
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = Block(match.spans)
        return block


def _accounts(accounts: Accounts, contract: Contract, metrics: Mapping[tuple[str, str], Metric]) -> Names:
    """Return the names under which events of each metric reach a contract."""
    return {key: accounts.of_subscription(contract.subscription, one) for key, one in metrics.items()}


def _other_currency(offer: Offer) -> str:
    if offer.before is None:
        return ""
    own, other = (one.version for one in (offer.before, offer.after))
    if own.plan.currency == other.plan.currency:
        return ""
    return f"{other.label} is in {other.plan.currency}, {own.label} in {own.plan.currency}"


def _matched(old: Sequence[Slot], new: Sequence[Slot]) -> _Match:
    days = _common(old, new)
    if days is None:
        return _Match(None)
    spans = Spans()
    before, after = spans.layout(_within(old, days)), spans.layout(_within(new, days))
    return _Match(days, tuple(spans.all), before, after)


def _common(old: Sequence[Slot], new: Sequence[Slot]) -> Days | None:
    """Return the most days that are whole periods on both sides."""
    starts = {slot.active.first for slot in old} & {slot.active.first for slot in new}
    ends = {slot.active.after for slot in old} & {slot.active.after for slot in new}
    if not starts or not ends or min(starts) >= max(ends):
        return None
    return Days(min(starts), max(ends))


def _within(slots: Sequence[Slot], days: Days) -> list[Slot]:
    return [slot for slot in slots if slot.active.first >= days.first and slot.active.after <= days.after]
