"""Running a simulation: both sides of every contract over the same days, from usage measured once."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from usagebill_tui.billing.collecting import seldom_collecting
from usagebill_tui.billing.house import House
from usagebill_tui.billing.invoices.due import Contract
from usagebill_tui.billing.invoices.rating import Rater
from usagebill_tui.billing.simulating.metering import Meter
from usagebill_tui.billing.simulating.offering import Offer, offered
from usagebill_tui.billing.simulating.pairing import NOTHING_WHOLE, Pair, Pairing
from usagebill_tui.billing.simulating.request import SimulationRequest
from usagebill_tui.billing.simulating.result import Compared, Simulation
from usagebill_tui.billing.simulating.tallying import Shapes, Tally
from usagebill_tui.billing.usage.accounts import Accounts
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import EXACT, exact_arithmetic
from usagebill_tui.errors import InvalidInput
from usagebill_tui.store.catalogue import load_catalogue, used_versions

_LEAST_GROWTH = Decimal(-100)
_HUNDRED = Decimal(100)
_AT_ONCE = 500_000
"""So many usages are measured and kept at a time: each question reads the events of all customers."""


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
    meter = Meter(house, snapshot, EXACT.divide(_HUNDRED + request.growth, _HUNDRED))
    names = Accounts(catalogue), Accounts(after)
    shapes = Shapes(Rater(house, names[1], snapshot), meter, request.days, house.clock())
    with seldom_collecting():
        rows = tuple(_compared(offers, Pairing(request.days, shapes, names), meter))
    unfinished = [o.after.subscription.id for o in offers if shapes.of(o.before or o.after).unfinished]
    return Simulation(rows=rows, unfinished=tuple(unfinished))


def _compared(offers: Iterable[Offer], pairing: Pairing, meter: Meter) -> Iterator[Compared]:
    """Yield the rows of all customers, so many measured together that memory stays within bounds."""
    waiting: list[list[Pair]] = []
    for _, of_customer in groupby(offers, lambda offer: offer.customer):
        waiting.append([pair for offer in of_customer if (pair := pairing.pair(offer)) is not None])
        if pairing.wanted >= _AT_ONCE:
            yield from _measured(waiting, pairing, meter)
            waiting = []
    yield from _measured(waiting, pairing, meter)


def _measured(waiting: Iterable[Sequence[Pair]], pairing: Pairing, meter: Meter) -> Iterator[Compared]:
    meter.measure(pairing.taken())
    tally = Tally()
    for pairs in waiting:
        yield from _rows(pairs, tally)


def _rows(pairs: Sequence[Pair], tally: Tally) -> Iterable[Compared]:
    """Yield a customer's rows, by currency: what all its subscriptions come to."""
    by_currency: dict[str, list[Pair]] = {}
    for pair in pairs:
        currency = (pair.offer.before or pair.offer.after).version.plan.currency
        by_currency.setdefault(currency, []).append(pair)
    for currency in sorted(by_currency):
        yield _row(by_currency[currency], currency, tally)


def _row(pairs: Sequence[Pair], currency: str, tally: Tally) -> Compared:
    covered = [pair.days for pair in pairs if pair.days is not None]
    if covered:
        pairs = [pair for pair in pairs if pair.problem != NOTHING_WHOLE]
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


def _named(pair: Pair, problem: str, pairs: Sequence[Pair]) -> str:
    return problem if len(pairs) == 1 else f"{pair.offer.after.subscription.id}: {problem}"


def _plans(contracts: Iterable[Contract | None]) -> str:
    labels = dict.fromkeys(one.version.label for one in contracts if one is not None)
    return ", ".join(labels)
