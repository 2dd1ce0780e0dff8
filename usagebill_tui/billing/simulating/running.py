"""Running a simulation: both sides of every contract over the same days, from usage measured once."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from usagebill_tui.billing.accounts import Accounts, active_days
from usagebill_tui.billing.due import Contract
from usagebill_tui.billing.house import House
from usagebill_tui.billing.rating import Rater
from usagebill_tui.billing.simulating.metering import Meter
from usagebill_tui.billing.simulating.offering import Offer, offered
from usagebill_tui.billing.simulating.request import SimulationRequest
from usagebill_tui.billing.simulating.result import Compared, Simulation
from usagebill_tui.billing.simulating.tallying import Part, Shapes, Slot, Tally
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import EXACT, exact_arithmetic
from usagebill_tui.errors import InvalidInput
from usagebill_tui.store.catalogue import load_catalogue, used_versions

_LEAST_GROWTH = Decimal(-100)
_HUNDRED = Decimal(100)
_NOTHING_WHOLE = "no whole billing period of it has ended within the dates"


class _Pair(NamedTuple):
    """One subscription on both sides; `days` are those that both cover, `problem` why there are none."""

    offer: Offer
    days: Days | None
    before: Part | None
    after: Part | None
    problem: str


def simulate(house: House, request: SimulationRequest) -> Simulation:
    """Return what the past usage of each customer comes to under its own and under other prices.

    Amounts are before tax, of the whole billing periods within the days that have ended. Raises WrongCall,
    NotFound for an unknown plan or customer, and what a catalogue file is refused for.
    """
    if request.growth < _LEAST_GROWTH:
        raise InvalidInput(f"usage cannot grow by {request.growth} %", mend="use -100 or more")
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
        used = used_versions(session)
    offers, after = offered(request, catalogue, used, house.registry)
    snapshot = house.events.snapshot()
    factor = EXACT.divide(_HUNDRED + request.growth, _HUNDRED)
    meter = Meter(house, snapshot, factor)
    names = Accounts(catalogue), Accounts(after)
    shapes = Shapes(Rater(house, names[1], snapshot), meter, request.days, house.clock())
    tally = Tally(meter)
    pairs = [_pair(offer, request.days, shapes, tally, names) for offer in offers]
    meter.measure()
    rows = [
        row
        for _, of_customer in groupby(
            (pair for pair in pairs if pair is not None), lambda p: p.offer.customer
        )
        for row in _rows(list(of_customer), tally)
    ]
    unfinished = [o.after.subscription.id for o in offers if shapes.of(o.before or o.after).unfinished]
    return Simulation(rows=tuple(rows), unfinished=tuple(unfinished))


def _pair(
    offer: Offer, days: Days, shapes: Shapes, tally: Tally, names: tuple[Accounts, Accounts]
) -> _Pair | None:
    """Return both sides of an offer, None where the subscription is not active in the days at all."""
    sides = [one for one in (offer.before, offer.after) if one is not None]
    if all(active_days(one.subscription).overlap(days) is None for one in sides):
        return None
    problem = offer.problem or _other_currency(offer)
    if problem:
        return _Pair(offer, None, None, None, problem)
    new = shapes.of(offer.after).slots
    old = new if offer.before is None else shapes.of(offer.before).slots
    if not old and not new:
        return _Pair(offer, None, None, None, _NOTHING_WHOLE)
    common = _common(old, new)
    if common is None:
        return _Pair(offer, None, None, None, "its billing periods before and after share no days to compare")
    before = None
    if offer.before is not None:
        before = tally.part(offer.before, _within(old, common), names[0])
    after = tally.part(offer.after, _within(new, common), names[1])
    return _Pair(offer, common, before, after, "")


def _other_currency(offer: Offer) -> str:
    if offer.before is None:
        return ""
    own, other = (one.version for one in (offer.before, offer.after))
    if own.plan.currency == other.plan.currency:
        return ""
    return f"{other.label} is in {other.plan.currency}, {own.label} in {own.plan.currency}"


def _common(old: Sequence[Slot], new: Sequence[Slot]) -> Days | None:
    """Return the most days that are whole periods on both sides."""
    starts = {slot.active.first for slot in old} & {slot.active.first for slot in new}
    ends = {slot.active.after for slot in old} & {slot.active.after for slot in new}
    if not starts or not ends or min(starts) >= max(ends):
        return None
    return Days(min(starts), max(ends))


def _within(slots: Sequence[Slot], days: Days) -> list[Slot]:
    return [slot for slot in slots if slot.active.first >= days.first and slot.active.after <= days.after]


def _rows(pairs: Sequence[_Pair], tally: Tally) -> Iterable[Compared]:
    """Yield a customer's rows, by currency: what all its subscriptions come to."""
    by_currency: dict[str, list[_Pair]] = {}
    for pair in pairs:
        currency = (pair.offer.before or pair.offer.after).version.plan.currency
        by_currency.setdefault(currency, []).append(pair)
    for currency in sorted(by_currency):
        yield _row(by_currency[currency], currency, tally)


def _row(pairs: Sequence[_Pair], currency: str, tally: Tally) -> Compared:
    covered = [pair.days for pair in pairs if pair.days is not None]
    if covered:
        pairs = [pair for pair in pairs if pair.problem != _NOTHING_WHOLE]
    days = Days(min(d.first for d in covered), max(d.after for d in covered)) if covered else None
    problems = [_named(pair, pair.problem, pairs) for pair in pairs if pair.problem]
    sums = [Decimal(0), Decimal(0)]
    for pair in pairs:
        for side, part in enumerate((pair.before, pair.after)):
            if part is None:
                continue
            try:
                with exact_arithmetic():
                    sums[side] += tally.net(part)
            except InvalidInput as error:
                problems.append(_named(pair, f"{('before', 'after')[side]}: {error}", pairs))
    known = not problems
    return Compared(
        customer=pairs[0].offer.customer,
        currency=currency,
        plan_before=_plans(pair.offer.before for pair in pairs),
        plan_after=_plans(pair.offer.after for pair in pairs),
        days=days,
        before=round_money(sums[0], currency) if known else None,
        after=round_money(sums[1], currency) if known else None,
        problem="; ".join(dict.fromkeys(problems)),
    )


def _named(pair: _Pair, problem: str, pairs: Sequence[_Pair]) -> str:
    return problem if len(pairs) == 1 else f"{pair.offer.after.subscription.id}: {problem}"


def _plans(contracts: Iterable[Contract | None]) -> str:
    labels = dict.fromkeys(one.version.label for one in contracts if one is not None)
    return ", ".join(labels)
