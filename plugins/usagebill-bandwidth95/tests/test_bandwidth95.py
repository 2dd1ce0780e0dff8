"""`bandwidth_95`, against the definition worked out in fractions."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from usagebill_bandwidth95 import usagebill_register_aggregations
from usagebill_bandwidth95.aggregation import Bandwidth95, Bandwidth95Parameters

from usagebill_tui.domain.quantity import exact_arithmetic
from usagebill_tui.plugin import Batch, MeasuredPeriod, Registry
from usagebill_tui.testing import Law, aggregation_laws

MINUTE = 60_000_000
START = 1_782_864_000_000_000  # 2026-07-01T00:00:00Z
DAY = MeasuredPeriod(start=START, until=START + 1440 * MINUTE, length=1440 * MINUTE)
BITS = Bandwidth95Parameters(unit="bit/s")

Event = tuple[int, int]
"""Microseconds from the period's start, and bytes."""


def batch(events: list[Event]) -> Batch:
    values = tuple(Decimal(amount) for _, amount in events)
    return Batch(tuple(START + at for at, _ in events), {"value": values})


def rate(
    events: list[Event],
    params: Bandwidth95Parameters = BITS,
    period: MeasuredPeriod = DAY,
    cuts: tuple[int, ...] = (),
) -> Decimal | None:
    """Return the rate over runs of events, cut at these places and merged."""
    fold = Bandwidth95()
    with exact_arithmetic():
        whole = fold.start(period, params)
        for first, last in zip((0, *cuts), (*cuts, len(events)), strict=True):
            state = fold.start(period, params)
            if events[first:last]:
                state = fold.step(state, batch(events[first:last]), params)
            whole = fold.merge(whole, state, params)
        return fold.finish(whole, params)


def test_the_busiest_five_percent_of_a_day_are_free() -> None:
    # 288 slots: 5 % of them are 14.4, so 14 may be as busy as they like.
    bursts = [(5 * MINUTE * slot, 37_500_000) for slot in range(14)]
    base = [(5 * MINUTE * slot, 3_750_000) for slot in range(14, 288)]
    assert rate(bursts + base) == 100_000
    assert rate([*bursts, (5 * MINUTE * 14, 37_500_000), *base[1:]]) == 1_000_000
    assert rate(bursts + base, Bandwidth95Parameters()) == Decimal("0.1")


def test_idle_slots_count_as_nothing_unless_they_are_left_out() -> None:
    few = [(5 * MINUTE * slot, 37_500_000) for slot in range(14)]
    assert rate(few) == 0
    assert rate(few, Bandwidth95Parameters(unit="bit/s", idle_slots=False)) == 1_000_000
    assert rate([]) == 0
    assert rate([], Bandwidth95Parameters(idle_slots=False)) is None


def test_bytes_of_one_slot_are_averaged_over_it() -> None:
    halves = [(0, 1_000_000), (5 * MINUTE - 1, 500_000), (5 * MINUTE, 1)]
    every = Bandwidth95Parameters(percentile=Decimal(100), unit="byte/s")
    assert rate(halves, every) == 5000
    hourly = Bandwidth95Parameters(percentile=Decimal(100), unit="byte/s", slot_seconds=3600)
    assert rate([(0, 3600), (5 * MINUTE, 7200)], hourly) == 3


def test_an_estimate_looks_at_the_slots_until_then() -> None:
    hour = MeasuredPeriod(start=START, until=START + 61 * MINUTE, length=DAY.length)
    half = Bandwidth95Parameters(percentile=Decimal(52), unit="bit/s")
    busy = [(5 * MINUTE * slot, 300) for slot in range(13)]
    assert rate(busy[6:], half, hour) == 8  # 7 of 13, the last of which has just begun
    assert rate(busy[7:], half, hour) == 0


def test_what_came_before_the_period_does_not_count() -> None:
    every = Bandwidth95Parameters(percentile=Decimal(100), unit="byte/s")
    assert rate([(-1, 900_000), (0, 300)], every) == 1


def test_a_correction_below_zero_ranks_below_the_idle_slots() -> None:
    least = Bandwidth95Parameters(percentile=Decimal("0.0001"), unit="byte/s")
    assert rate([(0, -300), (5 * MINUTE, 600)], least) == -1


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("idle", [True, False])
def test_it_is_the_definition_however_the_events_are_cut(seed: int, *, idle: bool) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable figures, not secrets
    events = sorted((chance.randrange(1440 * MINUTE), chance.randrange(10**9)) for _ in range(400))
    params = Bandwidth95Parameters(
        percentile=Decimal(chance.choice(["50", "95", "99.5"])), unit="byte/s", idle_slots=idle
    )
    cuts = tuple(sorted(chance.randrange(401) for _ in range(3)))
    value = rate(events, params, cuts=cuts)
    assert value is not None
    assert abs(Fraction(value) - defined(events, params)) < Fraction(1, 10**50)
    chance.shuffle(events)
    assert rate(events, params) == value


def defined(events: list[Event], params: Bandwidth95Parameters) -> Fraction:
    slots = [0] * 288
    touched = {at // (5 * MINUTE) for at, _ in events}
    for at, amount in events:
        slots[at // (5 * MINUTE)] += amount
    values = sorted(amount for slot, amount in enumerate(slots) if params.idle_slots or slot in touched)
    share = Fraction(params.percentile) / 100
    return Fraction(next(v for n, v in enumerate(values, 1) if n >= share * len(values)), 300)


@pytest.mark.parametrize(
    ("given", "said"),
    [({"percentile": Decimal(0)}, "percentile"), ({"slot_seconds": 0}, "slot_seconds")],
)
def test_impossible_parameters_are_named(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Bandwidth95Parameters(**given)  # type: ignore[arg-type] # what a type checker would refuse is the point


@aggregation_laws(Bandwidth95(), property="bytes")
def test_it_holds_to_the_laws(law: Law) -> None:
    law()


def test_the_hook_registers_the_type() -> None:
    registry = Registry()
    usagebill_register_aggregations(registry)
    assert registry.names() == ("aggregation type bandwidth_95",)
