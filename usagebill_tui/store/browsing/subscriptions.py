"""Subscriptions as lists show them: those of a few customers, those of a plan version, and how many."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from usagebill_tui.domain.customer import Subscription
from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.store import tables as t

_row = t.SubscriptionRow


def subscriptions_of(session: Session, customers: Sequence[str]) -> dict[str, list[Subscription]]:
    """Return the subscriptions of some customers, each one's by start and id."""
    found: dict[str, list[Subscription]] = defaultdict(list)
    query = select(_row.definition).where(_row.customer.in_(customers)).order_by(_row.start, _row.id)
    for definition in session.scalars(query):
        one = msgspec.json.decode(definition, type=Subscription)
        found[one.customer].append(one)
    return found


def subscribers(
    session: Session, plan: str, request: PageRequest, version: int | None = None
) -> PageFound[Subscription]:
    """Return a page of the subscriptions on a plan, or on one version of it, by id or by `start`.

    The text is one that the subscription's or the customer's id begins with.
    """
    within = [_row.plan == plan, *([] if version is None else [_row.version == version])]
    text = request.text
    begins = or_(_row.id.startswith(text, autoescape=True), _row.customer.startswith(text, autoescape=True))
    matching = [*within, begins] if text else within
    order = [_row.start, _row.id] if request.sort == "start" else [_row.id]
    query = (
        select(_row.definition)
        .where(*matching)
        .order_by(*(each.desc() if request.descending else each for each in order))
        .offset(request.offset)
        .limit(request.limit)
    )
    rows = [msgspec.json.decode(each, type=Subscription) for each in session.scalars(query)]
    total = session.scalar(select(func.count()).select_from(_row).where(*within)) or 0
    found = session.scalar(select(func.count()).select_from(_row).where(*matching)) if text else total
    return PageFound(rows, found or 0, total)


class OnVersion(msgspec.Struct, frozen=True):
    """How many subscriptions a plan version has, and how many of them have not ended before a day."""

    all: int
    running: int


def counts_by_version(
    session: Session, today: date, plan: str | None = None
) -> Mapping[tuple[str, int], OnVersion]:
    """Return how many subscriptions each plan version has, of all plans or of one, by plan and number."""
    ended = func.sum(case((_row.end <= today, 1), else_=0))
    query = select(_row.plan, _row.version, func.count(), ended).group_by(_row.plan, _row.version)
    if plan is not None:
        query = query.where(_row.plan == plan)
    return {
        (code, version): OnVersion(number, number - int(over or 0))
        for code, version, number, over in session.execute(query)
    }
