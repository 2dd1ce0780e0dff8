"""How much is missed and how often there is a false alarm, on seeded usage of many customers.

The rates that docs/billing.md names are these.
"""

from collections.abc import Callable
from decimal import Decimal
from random import Random

import pytest

from usagebill_tui.billing.anomalies.judging import Judged, Series, judged
from usagebill_tui.billing.anomalies.thresholds import Thresholds
from usagebill_tui.testing.dice import dice

CUSTOMERS = 200
HISTORY, DAYS = 56, 31
START = 738_000
LOOKED_AT = range(START + HISTORY, START + HISTORY + DAYS)
WEEK = ("1", "1.1", "1.05", "1", "0.9", "0.25", "0.2")
Noise = Callable[[Random], Decimal]


def uniform(percent: int) -> Noise:
    return lambda chance: Decimal(100 + chance.randint(-percent, percent)) / 100


def log_normal(sigma: float) -> Noise:
    return lambda chance: Decimal(f"{chance.lognormvariate(0, sigma):.4f}")


def weekly(chance: Random, level: int, noise: Noise, since: int = START) -> dict[int, Decimal]:
    """Return usage that is higher on working days, by a customer's level."""
    return {
        day: (level * Decimal(WEEK[day % 7]) * noise(chance)).quantize(Decimal("0.01"))
        for day in range(since, LOOKED_AT.stop)
    }


def alarms(units: dict[int, Decimal], limits: Thresholds | None = None) -> list[Judged]:
    series = Series(units, min(units), (range(START, LOOKED_AT.stop),))
    return list(judged(series, LOOKED_AT, limits or Thresholds()))


def levels(chance: Random) -> list[int]:
    return [10 ** chance.randint(1, 7) * chance.randint(1, 9) for _ in range(CUSTOMERS)]


@pytest.mark.parametrize("noise", [uniform(25), uniform(50), log_normal(0.25)])
def test_no_false_alarm_on_weekly_noise(noise: Noise) -> None:
    chance = dice(1)
    assert sum(len(alarms(weekly(chance, level, noise))) for level in levels(chance)) == 0


@pytest.mark.parametrize(("times", "in_a_thousand"), [(3, 20), (5, 2)])
def test_wilder_noise_asks_for_another_threshold(times: int, in_a_thousand: int) -> None:
    """Log-normal with sigma 0.5: every fifth day is over one and a half times the usual."""
    chance = dice(2)
    limits = Thresholds(times=Decimal(times))
    found = sum(len(alarms(weekly(chance, level, log_normal(0.5)), limits)) for level in levels(chance))
    assert found <= CUSTOMERS * DAYS * in_a_thousand // 1000


@pytest.mark.parametrize("noise", [uniform(25), log_normal(0.2)])
def test_every_spike_of_five_times_is_found_on_any_weekday(noise: Noise) -> None:
    chance = dice(3)
    for level in levels(chance):
        units = weekly(chance, level * 10, noise)
        day = chance.choice(LOOKED_AT)
        units[day] = 5 * level * 10 * Decimal(WEEK[day % 7])
        assert [(one.day, one.kind) for one in alarms(units)] == [(day, "spike")]


def test_every_drop_is_found_and_told_once() -> None:
    chance = dice(4)
    for level in levels(chance):
        units = weekly(chance, level * 10, uniform(50))
        day, length = chance.choice(LOOKED_AT), chance.randint(1, 10)
        for gone in range(day, day + length):
            units.pop(gone, None)
        told = [(one.day, one.kind, one.days) for one in alarms(units)]
        assert told == [(day, "drop", min(length, LOOKED_AT.stop - day))]


def test_a_drop_that_was_told_hides_no_later_one() -> None:
    units = dict.fromkeys(range(START, LOOKED_AT.stop), Decimal(100))
    for gone in (*LOOKED_AT[2:5], *LOOKED_AT[9:]):
        del units[gone]
    assert [(one.day - LOOKED_AT.start, one.days) for one in alarms(units)] == [(2, 3), (9, DAYS - 9)]


def test_outliers_in_the_history_hide_no_spike() -> None:
    chance = dice(5)
    for level in levels(chance):
        units = weekly(chance, level * 10, uniform(20))
        day = chance.choice(LOOKED_AT)
        for earlier in (day - 7, day - 21):
            units[earlier] *= 40
        units[day] = 5 * level * 10 * Decimal(WEEK[day % 7])
        assert (day, "spike") in [(one.day, one.kind) for one in alarms(units)]


def test_a_young_customer_is_judged_by_all_its_days() -> None:
    """With two weeks of history: no false alarm, and every spike of five times the working day."""
    chance = dice(6)
    since = LOOKED_AT.start - 14
    for level in levels(chance):
        units = weekly(chance, level * 10, uniform(25), since)
        assert alarms(units) == []
        day = chance.choice(LOOKED_AT[:10])
        units[day] = Decimal(5 * level * 10)
        assert [(one.day, one.kind) for one in alarms(units)] == [(day, "spike")]


def test_growth_and_closed_weekends_are_usual() -> None:
    chance = dice(7)
    for level in levels(chance):
        units = weekly(chance, level, uniform(20))
        grown = {day: units[day] * (100 + 2 * (day - START)) / 100 for day in units}
        assert alarms(grown) == []
        assert alarms({day: number for day, number in units.items() if day % 7 < 5}) == []


def test_rare_usage_is_held_against_its_largest_day() -> None:
    chance, drops = dice(8), 0
    for _ in range(CUSTOMERS):
        days = [day for day in range(START, LOOKED_AT.stop) if chance.random() < 0.2]
        units = {START: Decimal(100)} | {day: Decimal(chance.randint(60, 140)) for day in days}
        found = alarms(units)
        assert all(one.kind == "drop" for one in found)
        drops += len(found)
        units[LOOKED_AT.start + 9] = Decimal(600)
        assert [one.day for one in alarms(units) if one.kind == "spike"] == [LOOKED_AT.start + 9]
    assert drops <= CUSTOMERS * DAYS // 2000


def test_tiny_numbers_do_not_alarm_unless_asked_to() -> None:
    chance = dice(9)
    for _ in range(CUSTOMERS):
        units = {day: Decimal(chance.choice((0, 1, 1, 2, 3))) for day in range(START, LOOKED_AT.stop)}
        units[LOOKED_AT.start + 3] = Decimal(9)
        assert alarms(units) == []
    steady = dict.fromkeys(range(START, LOOKED_AT.stop), Decimal("0.5")) | {LOOKED_AT.start: Decimal(4)}
    assert alarms(steady) == []
    assert len(alarms(steady, Thresholds(floor=Decimal(1)))) == 1


def test_too_little_history_says_nothing() -> None:
    units = {LOOKED_AT.start + place: Decimal(100) for place in range(6)} | {
        LOOKED_AT.start + 6: Decimal(900)
    }
    assert [one for one in alarms(units) if one.kind == "spike"] == []
    assert [one.kind for one in alarms(units, Thresholds(history=6))] == ["spike", "drop"]
