"""Moving subscriptions from one plan version to another: the old one ends, and another goes on from there."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.billing.catalogue.applying import change_catalogue
from usagebill_tui.billing.catalogue.customers import plan_reference
from usagebill_tui.billing.catalogue.layout import subscription_table
from usagebill_tui.billing.house import House
from usagebill_tui.billing.simulating import Compared, SimulationRequest, simulate
from usagebill_tui.billing.simulating.offering import found_version
from usagebill_tui.billing.subscriptions.ending import Consequence
from usagebill_tui.billing.subscriptions.starting import starting_fees
from usagebill_tui.billing.subscriptions.subscribing import contract_of, next_boundary, tables
from usagebill_tui.billing.usage.accounts import active_days
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.plan import PlanVersion
from usagebill_tui.domain.zones import local_day, zone
from usagebill_tui.errors import NotFound, WrongCall
from usagebill_tui.store.catalogue import load_catalogue

_DAY = timedelta(days=1)


class MoveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who goes from which plan version (`pro@1`; `pro` for all its others) to which (`pro` for its newest).

    `customers` of none are all. They go on `day`, each in its own zone; by default where each one's current
    period ends.
    """

    source: str
    target: str
    customers: tuple[str, ...] = ()
    day: date | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription's move on a day; `successor` goes on from there, itself where it has not started.

    Of a dry run, `effect` is what its last whole period comes to under either version, and `charge` what the
    fees in advance come to that are due on the day, before discounts and tax; None where there is no telling.
    """

    subscription: str
    customer: str
    successor: str
    plan_before: str
    plan_after: str
    day: date
    effect: Compared | None = None
    charge: Decimal | None = None


class Stayed(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription that is left on its plan version, and why."""

    subscription: str
    customer: str
    reason: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What a move did, or would do, by customer and subscription, and its consequences for invoices."""

    moves: tuple[Move, ...]
    stayed: tuple[Stayed, ...]
    consequences: tuple[Consequence, ...] = ()


def move_subscriptions(house: House, request: MoveRequest, *, dry_run: bool = False) -> Moved:
    """Move all that the request names, or none; a dry run says what each one's last period comes to.

    Within a period, what was billed in advance for later days is credited, and the fees of the other version
    are charged from the day on. Raises WrongCall, NotFound for unknown plans and customers, InvalidInput
    where a customer pays in another currency, Refused where a final invoice bills usage or fees in arrears
    of days after the move or an event would be billed twice.
    """
    done: list[Moved] = []

    def change(catalogue: Catalogue) -> Mapping[str, Any]:
        planned = _planned(house, catalogue, request)
        done.append(planned)
        return _tables(catalogue, planned.moves)

    applied = change_catalogue(house, change, dry_run=dry_run)
    moved = msgspec.structs.replace(done[-1], consequences=applied.consequences)
    if not dry_run:
        return moved
    charges = starting_fees(house, applied.after, [move.successor for move in moved.moves])
    moves = (
        msgspec.structs.replace(move, charge=charges.get(move.successor))
        for move in _effects(house, moved.moves)
    )
    return msgspec.structs.replace(moved, moves=tuple(moves))


def _planned(house: House, catalogue: Catalogue, request: MoveRequest) -> Moved:
    target = found_version(catalogue, request.target)
    chosen = _chosen(catalogue, request, target)
    taken = {name for one in catalogue.subscriptions.values() for name in one.names}
    taken |= {name for one in catalogue.customers.values() for name in one.names}
    moves: list[Move] = []
    stayed: list[Stayed] = []
    for one in chosen:
        day = request.day or _first_day(house, catalogue, one)
        if one.end is not None and one.end <= day:
            reason = f"it ends on {one.end}"
            stayed.append(Stayed(subscription=one.id, customer=one.customer, reason=reason))
            continue
        successor = one.id if day <= one.start else _new_id(catalogue, one, taken)
        taken.add(successor)
        moves.append(
            Move(
                subscription=one.id,
                customer=one.customer,
                successor=successor,
                plan_before=one.plan_label,
                plan_after=target.label,
                day=max(day, one.start),
            )
        )
    return Moved(moves=tuple(moves), stayed=tuple(stayed))


def _chosen(catalogue: Catalogue, request: MoveRequest, target: PlanVersion) -> list[Subscription]:
    """Return the subscriptions on the version that is left, by customer and id."""
    for customer in request.customers:
        if customer not in catalogue.customers:
            mend = suggestion(customer, catalogue.customers)
            raise NotFound(f"there is no customer {customer!r}", mend=mend)
    source = found_version(catalogue, request.source)
    every, customers = plan_reference(request.source)[1] is None, frozenset(request.customers)
    if not every and source.label == target.label:
        raise WrongCall(f"{source.label} is both left and moved to", mend="name another version to move to")
    found = [
        one
        for one in catalogue.subscriptions.values()
        if one.plan == source.plan.code
        and (every or one.version == source.version)
        and one.plan_label != target.label
        and (not customers or one.customer in customers)
    ]
    return sorted(found, key=lambda one: (one.customer, one.id))


def _first_day(house: House, catalogue: Catalogue, one: Subscription) -> date:
    """Return where the current period ends; of a subscription that has not started, its start."""
    now = house.clock()
    today = local_day(now, zone(catalogue.customers[one.customer].timezone))
    return one.start if today < one.start else next_boundary(contract_of(one, catalogue), now)


def _new_id(catalogue: Catalogue, one: Subscription, taken: set[str]) -> str:
    """Return `acme-pro-2` for what follows `acme-pro`, with the first number that is free."""
    first = one
    while first.follows in catalogue.subscriptions:
        first = catalogue.subscriptions[first.follows]
    number = 2
    while f"{first.id}-{number}" in taken:
        number += 1
    return f"{first.id}-{number}"


def _tables(catalogue: Catalogue, moves: Sequence[Move]) -> dict[str, Any]:
    changed: dict[str, list[Mapping[str, Any]]] = {}
    for move in moves:
        one = catalogue.subscriptions[move.subscription]
        changed.setdefault(move.customer, []).extend(_subscription_tables(catalogue, one, move))
    return tables(catalogue, changed)


def _subscription_tables(catalogue: Catalogue, one: Subscription, move: Move) -> Iterator[Mapping[str, Any]]:
    """Yield the old subscription with its end, and what goes on with the prices that can go on."""
    table = subscription_table(one)
    target = found_version(catalogue, move.plan_after)
    sold = {product.code for product in target.products}
    prices = {code: price for code, price in table.pop("prices", {}).items() if code in sold}
    moved = {**table, "plan": move.plan_after, "prices": prices}
    if move.successor == one.id:
        yield moved
        return
    yield {**subscription_table(one), "end": move.day}
    moved.pop("aliases", None)
    yield {**moved, "id": move.successor, "start": move.day, "follows": one.id}


def _effects(house: House, moves: Sequence[Move]) -> Iterator[Move]:
    """Yield the moves with what each one's last whole period comes to under either version."""
    with house.database.reading() as session:
        catalogue = load_catalogue(session)
    days = {move.subscription: _last_period(house, catalogue, move) for move in moves}
    found: dict[str, Compared] = {}
    for group in _groups(moves, days):
        request = SimulationRequest(
            days=days[group[0].subscription],
            plan=group[0].plan_after,
            customers=tuple(move.customer for move in group),
            subscriptions=tuple(move.subscription for move in group),
        )
        rows = {row.customer: row for row in simulate(house, request).rows}
        found |= {move.subscription: rows[move.customer] for move in group if move.customer in rows}
    for move in moves:
        yield msgspec.structs.replace(move, effect=found.get(move.subscription))


def _groups(moves: Sequence[Move], days: Mapping[str, Days]) -> list[list[Move]]:
    """Return moves with the same last period together, but no two of one customer."""
    groups: dict[tuple[Days, int], list[Move]] = {}
    before: dict[tuple[str, Days], int] = {}
    for move in moves:
        period = days[move.subscription]
        place = before.get((move.customer, period), 0)
        before[move.customer, period] = place + 1
        groups.setdefault((period, place), []).append(move)
    return list(groups.values())


def _last_period(house: House, catalogue: Catalogue, move: Move) -> Days:
    """Return the last billing period that has ended, by the move's day if that is past, active or not."""
    one = catalogue.subscriptions[move.subscription]
    contract = contract_of(one, catalogue)
    today = min(local_day(house.clock(), zone(contract.customer.timezone)), move.day)
    current = contract.cycle.containing(max(today, active_days(one).first))
    return contract.cycle.containing(current.first - _DAY)
