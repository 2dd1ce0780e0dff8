"""What contracts come to, said again in fractions: fees by day, levels and tiers, discounts, limits, tax.

It knows nothing of the package. Money has two digits, periods are months.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

NOTHING = Fraction(0)
FEES = {"base": "49.99", "after": "17.77", "setup": "250.01"}
ADVANCE = ("base", "setup")
FREE, FLAT, UNIT = 3, "1.005", "0.335"
"""Calls: the first few for a flat amount, each of the rest for a unit amount."""
LEVEL = "0.055"
"""Stored: the level that the period ends with, for each unit."""


class Plan(NamedTuple):
    """What a plan is sold on."""

    products: tuple[str, ...]
    minimum: str | None = None
    maximum: str | None = None
    percent_off: str | None = None
    amount_off: str | None = None
    months: int | None = None
    trial: int = 0
    anniversary: bool = False


@dataclass(kw_only=True)
class Bound:
    """A customer on a plan; `origin` and `names` are those of the succession."""

    id: str
    customer: str
    plan: str
    start: date
    origin: date
    names: set[str]
    zone: ZoneInfo
    tax: Fraction
    end: date = date.max


class Happening(NamedTuple):
    """An event; `delta` changes the level."""

    account: str
    metric: str
    at: datetime
    delta: int


class Came(NamedTuple):
    """What an invoice comes to: without tax and less the discount, the tax, the discount."""

    net: Fraction = NOTHING
    tax: Fraction = NOTHING
    off: Fraction = NOTHING


def rounded(amount: Fraction) -> Fraction:
    """Round half away from zero to cents."""
    cents = int(abs(amount) * 100 + Fraction(1, 2))
    return Fraction(cents if amount > 0 else -cents, 100)


def months_after(day: date, months: int) -> date:
    """Return the day so many months later, the last one of a month that lacks it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period(plan: Plan, bound: Bound, day: date) -> tuple[date, date]:
    """Return the first day of the period that holds a day, and the one after it."""
    anchor = bound.origin if plan.anniversary else bound.origin.replace(day=1)
    number = 0
    while months_after(anchor, number + 1) <= day:
        number += 1
    return months_after(anchor, number), months_after(anchor, number + 1)


def active(bound: Bound, first: date, after: date) -> tuple[date, date]:
    """Return the days of a period on which a subscription is active."""
    return max(first, bound.start), min(after, bound.end)


def came(
    plans: dict[str, Plan],
    bound: Bound,
    first: date,
    products: Iterable[str],
    events: Sequence[Happening],
    *,
    closes: bool,
    before: Came,
) -> Came:
    """Return what an invoice comes to beside what others of the period came to `before`."""
    plan = plans[bound.plan]
    _, after = period(plan, bound, first)
    begin, end = active(bound, first, after)
    free_until = bound.origin + timedelta(days=plan.trial)
    charged = max(0, (end - max(begin, free_until)).days)
    share = Fraction(charged, (after - first).days)
    lines = NOTHING
    for product in products:
        if product == "setup":
            lines += NOTHING if plan.trial else Fraction(FEES[product])
        elif product in FEES:
            lines += rounded(Fraction(FEES[product]) * share)
        elif charged:
            lines += used(bound, product, max(begin, free_until), end, events)
    off = discount(plan, bound, first, lines, before.off)
    net = lines - off
    if closes and plan.maximum and net + before.net > Fraction(plan.maximum):
        net = Fraction(plan.maximum) - before.net
    elif closes and plan.minimum and charged:
        net = max(net, rounded(Fraction(plan.minimum) * share) - before.net)
    return Came(net, rounded(net * bound.tax), off)


def used(bound: Bound, product: str, begin: date, end: date, events: Sequence[Happening]) -> Fraction:
    """Return what the usage of some days costs; a level counts from the start of the succession."""
    since = bound.origin if product == "stored" else begin
    lower, upper = (datetime(d.year, d.month, d.day, tzinfo=bound.zone).astimezone(UTC) for d in (since, end))
    mine = [
        one
        for one in events
        if one.metric == product and one.account in bound.names and lower <= one.at < upper
    ]
    if product == "stored":
        return rounded(max(NOTHING, Fraction(sum(one.delta for one in mine))) * Fraction(LEVEL))
    return rounded(Fraction(FLAT) + max(0, len(mine) - FREE) * Fraction(UNIT))


def discount(plan: Plan, bound: Bound, first: date, lines: Fraction, before: Fraction) -> Fraction:
    """Return what comes off: in the first months, those from the period of the start on, or always."""
    begun, _ = period(plan, bound, bound.origin)
    if plan.months is not None and first >= months_after(begun, plan.months):
        return NOTHING
    if plan.percent_off is not None:
        return rounded(max(lines, NOTHING) * Fraction(plan.percent_off) / 100)
    left = Fraction(plan.amount_off or 0) - before
    return min(max(left, NOTHING), max(lines, NOTHING))
