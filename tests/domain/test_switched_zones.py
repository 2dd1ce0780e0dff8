"""A clock that was another zone's before: its days follow each other without a gap or an overlap."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.switched_zones import named
from usagebill_tui.domain.zones import from_micros, local_day, start_of_day, to_micros, zone

ZONES = ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"]
DAY = date(2026, 12, 1)


@pytest.mark.parametrize("before", ZONES)
@pytest.mark.parametrize("after", ZONES)
def test_the_day_of_the_change_begins_in_the_zone_before_and_ends_in_the_new_one(
    before: str, after: str
) -> None:
    clock = zone(named([(before, DAY)], after))
    assert start_of_day(DAY, clock) == start_of_day(DAY, zone(before))
    for days in range(2, 40):
        assert start_of_day(DAY + timedelta(days), clock) == start_of_day(DAY + timedelta(days), zone(after))
        assert start_of_day(DAY - timedelta(days), clock) == start_of_day(DAY - timedelta(days), zone(before))


def test_equal_names_are_one_zone() -> None:
    name = named([("UTC", DAY), ("Asia/Tokyo", date(2027, 1, 1))], "America/New_York")
    assert zone(name) is zone(name)
    assert zone(name).key == "America/New_York"


@given(
    zones=st.lists(st.sampled_from(ZONES), min_size=2, max_size=4),
    first=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    gaps=st.lists(st.integers(7, 90), min_size=3, max_size=3),
    offset=st.integers(0, 400 * 86_400),
)
def test_every_instant_is_in_the_day_that_the_days_edges_say(
    zones: list[str], first: date, gaps: list[int], offset: int
) -> None:
    edges = [first + timedelta(sum(gaps[:place])) for place in range(len(zones) - 1)]
    clock = zone(named(list(zip(zones, edges, strict=False)), zones[-1]))
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=offset)
    day = local_day(instant, clock)
    assert start_of_day(day, clock) <= instant < start_of_day(day + timedelta(1), clock)
    starts = [start_of_day(date(2026, 1, 1) + timedelta(n), clock) for n in range(500)]
    assert all(one <= other for one, other in pairwise(starts))
    assert from_micros(to_micros(instant)).astimezone(clock).astimezone(UTC) == instant
