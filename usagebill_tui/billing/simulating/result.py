"""What a simulation found: customer by customer, in total, and how the differences spread."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Days
from usagebill_tui.domain.quantity import exact_arithmetic, round_to

Outcome = Literal["less", "more", "same", "unknown"]

_EDGES = (5, 10, 25, 50, 100)
_HUNDRED = Decimal(100)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer's whole billing periods come to in a currency, before tax, on both sides.

    `days` are the days that both sides cover, None where there are none. `problem` is why they cannot be
    compared; the amounts are None then.
    """

    customer: str
    currency: str
    plan_before: str
    plan_after: str
    days: Days | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    problem: str = ""

    @property
    def difference(self) -> Decimal | None:
        """Return what the customer would pay more; negative for less."""
        if self.before is None or self.after is None:
            return None
        with exact_arithmetic():
            return self.after - self.before

    @property
    def percent(self) -> Decimal | None:
        """Return by how many percent the amount changes, to one digit; None from nothing."""
        return _percent(self.before, self.difference)

    @property
    def outcome(self) -> Outcome:
        """Return whether the customer would pay less, more or the same."""
        difference = self.difference
        if difference is None:
            return "unknown"
        return "less" if difference < 0 else "more" if difference > 0 else "same"


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What all compared customers of a currency come to; `less`, `more` and `same` count customers.

    `unknown` customers could not be compared and are in no sum.
    """

    currency: str
    before: Decimal
    after: Decimal
    less: int
    more: int
    same: int
    unknown: int

    @property
    def difference(self) -> Decimal:
        """Return by how much revenue changes."""
        with exact_arithmetic():
            return self.after - self.before

    @property
    def percent(self) -> Decimal | None:
        """Return by how many percent it changes, to one digit; None from nothing."""
        return _percent(self.before, self.difference)


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """How many customers' amounts change by so much, and by how much together."""

    currency: str
    label: str
    customers: int
    difference: Decimal


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulation found: `rows` by customer and currency.

    `unfinished` subscriptions have a period in the days that has not ended.
    """

    rows: tuple[Compared, ...]
    unfinished: tuple[str, ...] = ()

    @property
    def totals(self) -> list[Total]:
        """Return the total of each currency, by currency."""
        return [_total(currency, rows) for currency, rows in self._by_currency()]

    @property
    def distribution(self) -> list[Bucket]:
        """Return, for each currency, the buckets with customers, from the largest saving on."""
        return [bucket for currency, rows in self._by_currency() for bucket in _buckets(currency, rows)]

    def _by_currency(self) -> list[tuple[str, list[Compared]]]:
        currencies = sorted({row.currency for row in self.rows})
        return [(one, [row for row in self.rows if row.currency == one]) for one in currencies]


def _percent(before: Decimal | None, difference: Decimal | None) -> Decimal | None:
    if not before or difference is None:
        return None
    with exact_arithmetic():
        return round_to(difference * _HUNDRED / abs(before), 1)


def _total(currency: str, rows: Sequence[Compared]) -> Total:
    outcomes = [row.outcome for row in rows]
    compared = [row for row in rows if row.difference is not None]
    return Total(
        currency=currency,
        before=_sum((row.before for row in compared), currency),
        after=_sum((row.after for row in compared), currency),
        less=outcomes.count("less"),
        more=outcomes.count("more"),
        same=outcomes.count("same"),
        unknown=outcomes.count("unknown"),
    )


def _sum(amounts: Iterable[Decimal | None], currency: str) -> Decimal:
    with exact_arithmetic():
        return round_money(sum((one for one in amounts if one is not None), Decimal(0)), currency)


def _buckets(currency: str, rows: Sequence[Compared]) -> list[Bucket]:
    found: dict[tuple[int, int], list[Compared]] = {}
    for row in rows:
        if row.difference is not None:
            found.setdefault(_place(row.before or Decimal(0), row.difference), []).append(row)
    return [
        Bucket(
            currency=currency,
            label=_label(*place),
            customers=len(found[place]),
            difference=_sum((row.difference for row in found[place]), currency),
        )
        for place in sorted(found)
    ]


_FROM_NOTHING = len(_EDGES) + 1


def _place(before: Decimal, difference: Decimal) -> tuple[int, int]:
    """Return the bucket of a difference: its sign, and how far from zero it is on that side."""
    if not difference:
        return 0, 0
    sign = 1 if difference > 0 else -1
    if not before:
        return sign, sign * _FROM_NOTHING
    with exact_arithmetic():
        size = abs(difference) * _HUNDRED
        far = sum(size > edge * abs(before) for edge in _EDGES)
    return sign, sign * far


def _label(sign: int, place: int) -> str:
    """Name a bucket; the bound farther from zero belongs to it."""
    if not sign:
        return "0"
    far = abs(place)
    if far == _FROM_NOTHING:
        return "from nothing"
    if far == len(_EDGES):
        return f"above +{_EDGES[-1]} %" if sign > 0 else f"below -{_EDGES[-1]} %"
    near, end = (0, *_EDGES)[far], _EDGES[far]
    return f"+{near} to +{end} %" if sign > 0 else f"-{end} to -{near} %"
