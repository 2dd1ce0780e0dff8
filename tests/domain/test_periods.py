from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.periods import Bucket, Cycle, Days, Period, buckets, instants
from usagebill_tui.domain.product import Interval
from usagebill_tui.errors import InvalidInput

DAY = timedelta(days=1)
INTERVALS: list[Interval] = ["week", "month", "quarter", "half_year", "year"]
BUCKETS: list[Bucket] = ["hour", "day", "week", "month"]
zones = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Berlin",
            "Africa/Cairo",
            "America/Havana",
            "America/Sao_Paulo",
            "America/St_Johns",
            "Asia/Beirut",
            "Asia/Colombo",
            "Asia/Kathmandu",
            "Asia/Pyongyang",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Pacific/Chatham",
        )
    ]
)
days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
intervals = st.sampled_from(INTERVALS)
cycles = st.builds(Cycle, intervals, st.none() | days)
moments = st.datetimes(datetime(1995, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def run(cycle: Cycle, day: date, count: int) -> list[date]:
    """Return the first days of some periods in a row."""
    starts = [cycle.containing(day)]
    while len(starts) < count:
        starts.append(cycle.following(starts[-1]))
    return [period.first for period in starts]


def test_days_are_half_open() -> None:
    october = Days(date(2026, 10, 1), date(2026, 11, 1))
    assert october.count == 31
    assert date(2026, 10, 1) in october
    assert date(2026, 10, 31) in october
    assert date(2026, 11, 1) not in october
    assert date(2026, 9, 30) not in october


def test_days_overlap_in_what_both_have() -> None:
    october = Days(date(2026, 10, 1), date(2026, 11, 1))
    assert october.overlap(Days(date(2026, 10, 20), date(2027, 1, 1))) == Days(
        date(2026, 10, 20), date(2026, 11, 1)
    )
    assert october.overlap(Days(date(2026, 11, 1), date(2026, 12, 1))) is None
    assert october.overlap(Days(date(2026, 10, 5), date(2026, 10, 5))) is None
    assert Days(date(2026, 10, 5), date(2026, 10, 1)).count == 0


def test_days_cover_the_instants_of_their_zone() -> None:
    october = Days(date(2026, 10, 1), date(2026, 11, 1))
    assert instants(october, ZoneInfo("Europe/Berlin")) == Period(
        at("2026-09-30T22:00Z"), at("2026-10-31T23:00Z")
    )


@pytest.mark.parametrize(
    ("interval", "first", "after"),
    [
        ("week", date(2026, 10, 12), date(2026, 10, 19)),
        ("month", date(2026, 10, 1), date(2026, 11, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("half_year", date(2026, 7, 1), date(2027, 1, 1)),
        ("year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_calendar_periods_start_where_calendars_say(interval: Interval, first: date, after: date) -> None:
    assert Cycle(interval).containing(date(2026, 10, 15)) == Days(first, after)
    assert Cycle(interval).containing(first).first == first
    assert Cycle(interval).containing(after - DAY).after == after


def test_a_month_without_the_anchor_day_uses_its_last_day_and_returns_to_it() -> None:
    assert run(Cycle("month", date(2023, 1, 31)), date(2023, 1, 31), 5) == [
        date(2023, 1, 31),
        date(2023, 2, 28),
        date(2023, 3, 31),
        date(2023, 4, 30),
        date(2023, 5, 31),
    ]
    assert Cycle("month", date(2023, 1, 31)).containing(date(2024, 2, 29)).first == date(2024, 2, 29)
    assert run(Cycle("quarter", date(2023, 8, 31)), date(2023, 9, 1), 3) == [
        date(2023, 8, 31),
        date(2023, 11, 30),
        date(2024, 2, 29),
    ]


def test_a_year_from_29_february_returns_to_it() -> None:
    assert run(Cycle("year", date(2024, 2, 29)), date(2024, 2, 29), 5) == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


def test_periods_before_the_anchor_follow_the_same_days() -> None:
    assert Cycle("month", date(2024, 1, 31)).containing(date(2023, 3, 1)) == Days(
        date(2023, 2, 28), date(2023, 3, 31)
    )
    assert Cycle("week", date(2026, 10, 14)).containing(date(2026, 10, 13)) == Days(
        date(2026, 10, 7), date(2026, 10, 14)
    )
    assert Cycle("half_year", date(2026, 3, 15)).containing(date(2026, 3, 14)).first == date(2025, 9, 15)


@given(cycles, days)
def test_periods_hold_their_days_and_tile(cycle: Cycle, day: date) -> None:
    period = cycle.containing(day)
    assert day in period
    assert cycle.containing(period.first) == period
    assert cycle.containing(period.after - DAY) == period
    assert cycle.following(period).first == period.after
    assert cycle.containing(period.first - DAY).after == period.first


@given(intervals, days)
def test_an_anniversary_period_starts_at_its_anchor_and_on_its_day(interval: Interval, anchor: date) -> None:
    cycle = Cycle(interval, anchor)
    starts = run(cycle, anchor, 14)
    assert starts[0] == anchor
    if interval == "week":
        assert {start.weekday() for start in starts} == {anchor.weekday()}
    else:
        assert all(
            start.day == anchor.day or (start.day < anchor.day and (start + DAY).day == 1) for start in starts
        )


@given(cycles, days, st.integers(0, 1500))
def test_periods_ending_in_a_span_are_those_whose_after_is_in_it(
    cycle: Cycle, first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    ends = [period.after for period in cycle.ending_in(first, last)]
    wanted = [day for day in _days(first + DAY, last + DAY) if cycle.containing(day).first == day]
    assert ends == wanted


@given(cycles, days, st.integers(0, 1500))
def test_periods_starting_in_a_span_are_those_whose_first_day_is_in_it(
    cycle: Cycle, first: date, length: int
) -> None:
    after = first + timedelta(days=length)
    starts = [period.first for period in cycle.starting_in(first, after)]
    assert starts == [day for day in _days(first, after) if cycle.containing(day).first == day]


def _days(first: date, after: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((after - first).days)]


def test_a_billed_month_ends_at_its_last_bound_only() -> None:
    month = Cycle("month")
    assert list(month.ending_in(date(2026, 10, 1), date(2026, 11, 1))) == [
        Days(date(2026, 10, 1), date(2026, 11, 1))
    ]
    assert list(month.starting_in(date(2026, 10, 1), date(2026, 11, 1))) == [
        Days(date(2026, 10, 1), date(2026, 11, 1))
    ]
    assert list(month.ending_in(date(2026, 10, 2), date(2026, 10, 31))) == []
    assert list(month.ending_in(date(2026, 11, 1), date(2026, 10, 1))) == []


@pytest.mark.parametrize(
    "beyond",
    [
        lambda: Cycle("month").containing(date.max),
        lambda: Cycle("year", date(2024, 2, 29)).containing(date.min),
        lambda: Cycle("week", date(2026, 10, 14)).containing(date.min),
        lambda: Cycle("week").containing(date.max),
        lambda: Cycle("year").containing(date.max),
        lambda: list(Cycle("month").starting_in(date(9999, 11, 1), date.max)),
        lambda: buckets(
            Period(at("9999-12-31T22:30Z"), datetime.max.replace(tzinfo=UTC)), "hour", ZoneInfo("UTC")
        ),
        lambda: buckets(
            Period(at("9999-12-30T22:30Z"), datetime.max.replace(tzinfo=UTC)), "day", ZoneInfo("UTC")
        ),
    ],
)
def test_periods_beyond_the_calendar_are_refused(beyond: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput, match="years 1 to 9999"):
        beyond()


def test_spans_up_to_the_ends_of_the_calendar_work() -> None:
    assert next(iter(Cycle("month").starting_in(date.min, date(1, 3, 1)))).first == date.min
    assert [days.first.year for days in Cycle("year").ending_in(date(9997, 1, 1), date.max)] == [9997, 9998]
    assert Cycle("week").containing(date.min).first == date.min


@given(zones, moments, st.integers(0, 40 * 86_400), st.sampled_from(BUCKETS))
@example(ZoneInfo("Pacific/Apia"), at("2011-12-29T10:00Z"), 3 * 86_400, "day")
@example(ZoneInfo("Australia/Lord_Howe"), at("2026-04-04T12:00Z"), 86_400, "hour")
@example(ZoneInfo("America/St_Johns"), at("2010-11-07T00:00Z"), 86_400, "hour")
@settings(max_examples=150, deadline=None)
def test_buckets_tile_their_period(place: ZoneInfo, start: datetime, seconds: int, by: Bucket) -> None:
    period = Period(start, start + timedelta(seconds=seconds))
    parts = buckets(period, by, place)
    assert all(part.start < part.end for part in parts)
    assert all(left.end == right.start for left, right in pairwise(parts))
    assert (parts[0].start, parts[-1].end) == (period.start, period.end) if seconds else parts == []


@given(zones, moments, st.integers(1, 20 * 86_400))
@settings(max_examples=100, deadline=None)
def test_an_hour_bucket_shows_one_hour_of_the_clock(place: ZoneInfo, start: datetime, seconds: int) -> None:
    parts = buckets(Period(start, start + timedelta(seconds=seconds)), "hour", place)
    for part in parts:
        first, last = (edge.astimezone(place) for edge in (part.start, part.end - timedelta(microseconds=1)))
        assert (first.date(), first.hour) == (last.date(), last.hour)
        assert first.replace(fold=0) <= last.replace(fold=0)


def test_an_hour_that_comes_twice_is_two_buckets() -> None:
    day = instants(Days(date(2026, 10, 25), date(2026, 10, 26)), ZoneInfo("Europe/Berlin"))
    parts = buckets(day, "hour", ZoneInfo("Europe/Berlin"))
    assert len(parts) == 25
    assert [part.start.astimezone(ZoneInfo("Europe/Berlin")).hour for part in parts[:5]] == [0, 1, 2, 2, 3]


def test_hours_and_halves_follow_the_clock_of_their_zone() -> None:
    lord_howe, kathmandu = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")
    autumn = buckets(instants(Days(date(2026, 4, 5), date(2026, 4, 6)), lord_howe), "hour", lord_howe)
    assert [part.end - part.start for part in autumn[:4]] == [timedelta(minutes=m) for m in (60, 60, 30, 60)]
    spring = buckets(instants(Days(date(2026, 10, 4), date(2026, 10, 5)), lord_howe), "hour", lord_howe)
    assert [part.end - part.start for part in spring[:4]] == [timedelta(minutes=m) for m in (60, 60, 30, 60)]
    cut = buckets(Period(at("2026-10-01T00:00Z"), at("2026-10-01T02:00Z")), "hour", kathmandu)
    assert [part.start.minute for part in cut] == [0, 15, 15]


def test_days_of_23_and_25_hours_and_one_that_never_was() -> None:
    berlin, apia = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")
    spring = buckets(instants(Days(date(2026, 3, 28), date(2026, 3, 31)), berlin), "day", berlin)
    assert [part.end - part.start for part in spring] == [timedelta(hours=h) for h in (24, 23, 24)]
    skipped = buckets(instants(Days(date(2011, 12, 29), date(2012, 1, 1)), apia), "day", apia)
    assert [part.start.astimezone(apia).day for part in skipped] == [29, 31]


def test_first_and_last_bucket_are_cut_to_the_period() -> None:
    period = Period(at("2026-10-15T12:00Z"), at("2026-12-02T06:00Z"))
    months = buckets(period, "month", ZoneInfo("UTC"))
    assert [(part.start, part.end) for part in months] == [
        (at("2026-10-15T12:00Z"), at("2026-11-01T00:00Z")),
        (at("2026-11-01T00:00Z"), at("2026-12-01T00:00Z")),
        (at("2026-12-01T00:00Z"), at("2026-12-02T06:00Z")),
    ]
    weeks = buckets(period, "week", ZoneInfo("UTC"))
    assert {part.start.weekday() for part in islice(weeks, 1, None)} == {0}
    assert buckets(Period(period.end, period.start), "day", ZoneInfo("UTC")) == []
