"""Tiers: ranges of usage with a price of their own. Bounds are inclusive, rise strictly and leave no gaps."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Protocol, TypeVar

import msgspec

from usagebill_tui.domain.dialect import Bounds as BoundsChoice
from usagebill_tui.domain.dialect import ZeroUsageFlat as ZeroUsageChoice
from usagebill_tui.domain.pricing.protocol import Step
from usagebill_tui.domain.pricing.words import number

UpTo = Annotated[
    Decimal | None,
    msgspec.Meta(
        title="Up to",
        description="The largest usage of this tier, included; empty in the last tier, which is open",
        extra={"gt": 0},
    ),
]
FlatAmount = Annotated[
    Decimal,
    msgspec.Meta(title="Flat amount", description="Charged once when the tier is entered", extra={"ge": 0}),
]
ZeroUsageFlat = Annotated[
    ZeroUsageChoice,
    msgspec.Meta(
        title="Flat amount at zero usage",
        description="Whether usage of zero pays the first tier's flat amount",
    ),
]


Bounds = Annotated[
    BoundsChoice,
    msgspec.Meta(
        title="Usage at a bound",
        description="Whether usage that equals a bound lies in the tier that ends there or in the next one",
    ),
]


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Usage above the tier before, up to and including `up_to`, and what it costs."""

    up_to: UpTo = None
    unit_amount: Annotated[
        Decimal, msgspec.Meta(title="Unit amount", description="Price of one unit", extra={"ge": 0})
    ] = Decimal(0)
    flat_amount: FlatAmount = Decimal(0)


class TierParameters(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The parameters of the models whose tiers have unit amounts."""

    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(title="Tiers", description="In rising order")]
    zero_usage_flat: ZeroUsageFlat = "first_tier"
    bounds: Bounds = "upper_inclusive"


class Bounded(Protocol):
    """What all kinds of tiers have."""

    @property
    def up_to(self) -> Decimal | None:
        """Return the largest usage of the tier."""

    @property
    def flat_amount(self) -> Decimal:
        """Return what entering the tier costs."""


T = TypeVar("T", bound=Bounded)


def check_tiers(tiers: Sequence[Bounded]) -> None:
    """Raise ValueError, naming the tier, where there are none or where their bounds do not rise."""
    if not tiers:
        raise ValueError("tiers: there are none; a price needs at least one tier")
    for place, tier in enumerate(tiers[:-1]):
        if tier.up_to is None:
            raise ValueError(f"tiers[{place}].up_to: missing; only the last tier is open")
    bounds = [Decimal(0), *(tier.up_to for tier in tiers if tier.up_to is not None)]
    for place, (lower, upper) in enumerate(pairwise(bounds)):
        if upper <= lower:
            before = f"the bound of tier {place}" if place else "0"
            raise ValueError(
                f"tiers[{place}].up_to: tier {place + 1} ends at {number(upper)}, not above {before}"
                f"{f' ({number(lower)})' if place else ''}; bounds must rise from tier to tier"
            )


def entered(
    tiers: Sequence[T], units: Decimal, bounds: BoundsChoice = "upper_inclusive"
) -> Iterator[tuple[int, T, Decimal]]:
    """Yield each tier that `units` enters: its number from 1, the tier, the units in it.

    Where bounds are lower inclusive, usage of a bound enters the next tier with no units.
    """
    lower = Decimal(0)
    for place, tier in enumerate(tiers, start=1):
        if units < lower or (units == lower and (place == 1 or bounds == "upper_inclusive")):
            return
        upper = _upper(tiers, place)
        yield place, tier, (units if upper is None else min(units, upper)) - lower
        if upper is None:
            return
        lower = upper


def holding(tiers: Sequence[T], units: Decimal, bounds: BoundsChoice = "upper_inclusive") -> tuple[int, T]:
    """Return the one tier that `units` lies in, with its number from 1."""
    for place, tier in enumerate(tiers, start=1):
        upper = _upper(tiers, place)
        if upper is None or units < upper or (units == upper and bounds == "upper_inclusive"):
            return place, tier
    raise ValueError("tiers: there are none")


def _upper(tiers: Sequence[T], place: int) -> Decimal | None:
    return None if place == len(tiers) else tiers[place - 1].up_to


def span(place: int, part: Decimal) -> str:
    """Name the part of usage in a tier: `first 1,000` of the first tier, `next 4,200` of a later one."""
    return f"{'first' if place == 1 else 'next'} {number(part)}"


def flat_steps(place: int, tier: Bounded) -> list[Step]:
    """Return the step of a tier's flat amount, none where it is 0."""
    if not tier.flat_amount:
        return []
    return [Step(description=f"flat amount of tier {place}", amount=tier.flat_amount)]


def zero_usage(tiers: Sequence[Bounded], zero_usage_flat: str, unit_amount: Decimal | None) -> list[Step]:
    """Return the steps of no usage at all: 0 units, and the first tier's flat amount where it is due."""
    quantity = None if unit_amount is None else Decimal(0)
    nothing = Step(description="0 units", quantity=quantity, unit_amount=unit_amount, amount=Decimal(0))
    return [nothing, *(flat_steps(1, tiers[0]) if zero_usage_flat == "first_tier" else [])]
