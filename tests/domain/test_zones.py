from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.zones import (
    from_local,
    from_micros,
    local_day,
    next_hour,
    offset_change,
    start_of_day,
    to_micros,
    zone,
)
from usagebill_tui.errors import InvalidInput

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "America/Caracas",
    "America/Juneau",
    "America/Toronto",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Manila",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
days = st.dates(date(1840, 1, 1), date(2100, 1, 1)) | st.dates(date(1965, 1, 1), date(2040, 1, 1))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("name", ZONES)
def test_a_known_zone_is_found(name: str) -> None:
    assert zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../x",
        "/etc/passwd",
        "UTC/",
        "./UTC",
        "x\0y",
        "America",
        "a" * 5000,
        "ééé",
        "tzdata.zi",
        " UTC",
        "UTC\n",
    ],
)
def test_an_unknown_or_unsafe_name_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(InvalidInput, match="unknown time zone") as caught:
        zone(name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("name", ["localtime", "posixrules", "right/UTC", "posix/Europe/Berlin", "Factory"])
def test_zones_that_differ_between_machines_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        zone(name)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("america/new_york", "America/New_York"),
        ("Asia/Calcuta", "Asia/Calcutta"),
    ],
)
def test_the_nearest_zone_is_suggested(typed: str, meant: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        zone(typed)
    assert caught.value.mend == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("name", "day", "start"),
    [
        ("UTC", date(2026, 10, 1), "2026-10-01T00:00Z"),
        ("America/New_York", date(2026, 10, 1), "2026-10-01T04:00Z"),
        ("Asia/Kathmandu", date(2026, 10, 1), "2026-09-30T18:15Z"),
        # Midnight was skipped: the day starts at 01:00.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00Z"),
        ("Africa/Cairo", date(2014, 5, 16), "2014-05-15T22:00Z"),
        ("Asia/Beirut", date(2022, 3, 27), "2022-03-26T22:00Z"),
        # The skipped hour began before midnight: 23:30 became 00:30.
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30Z"),
        # Midnight came twice: the first counts.
        ("America/Havana", date(2024, 11, 3), "2024-11-03T04:00Z"),
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30Z"),
        # 23:00 came twice, midnight once.
        ("America/Sao_Paulo", date(2018, 2, 18), "2018-02-18T03:00Z"),
        ("Asia/Beirut", date(2022, 10, 30), "2022-10-29T22:00Z"),
        # A day that never was.
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00Z"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00Z"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00Z"),
        ("Pacific/Apia", date(2012, 1, 1), "2011-12-31T10:00Z"),
        ("Pacific/Kwajalein", date(1993, 8, 21), "1993-08-21T12:00Z"),
        ("Pacific/Kwajalein", date(1993, 8, 22), "1993-08-21T12:00Z"),
    ],
)
def test_a_day_starts_at_its_first_instant(name: str, day: date, start: str) -> None:
    found = start_of_day(day, ZoneInfo(name))
    assert found == at(start)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 10, 26), 24),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("America/Sao_Paulo", date(2018, 2, 17), 25),
        ("America/Havana", date(2024, 11, 3), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_days_have_the_hours_their_clocks_gave_them(name: str, day: date, hours: float) -> None:
    place = ZoneInfo(name)
    assert start_of_day(day + DAY, place) - start_of_day(day, place) == timedelta(hours=hours)


@given(zones, days)
@example(ZoneInfo("Pacific/Apia"), date(2011, 12, 29))
@example(ZoneInfo("America/Toronto"), date(1919, 3, 30))
@example(ZoneInfo("America/St_Johns"), date(2010, 11, 6))
@example(ZoneInfo("America/Juneau"), date(1867, 10, 18))
@settings(max_examples=150, deadline=None)
def test_days_follow_each_other_and_start_when_the_date_appears(place: ZoneInfo, day: date) -> None:
    start, end = start_of_day(day, place), start_of_day(day + DAY, place)
    assert start <= end
    assert end - start <= timedelta(hours=49)
    assert start.astimezone(place).date() >= day
    assert (start - timedelta(microseconds=1)).astimezone(place).date() < day


@given(zones, st.datetimes(datetime(1840, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis adds the zone
@example(ZoneInfo("America/St_Johns"), at("2010-11-07T02:45Z"))
@example(ZoneInfo("America/Juneau"), at("1867-10-19T01:00Z"))
@example(ZoneInfo("Pacific/Apia"), at("2011-12-30T10:00Z"))
@settings(max_examples=150, deadline=None)
def test_every_instant_belongs_to_the_day_whose_bounds_hold_it(place: ZoneInfo, instant: datetime) -> None:
    day = local_day(instant, place)
    assert start_of_day(day, place) <= instant < start_of_day(day + DAY, place)


@given(zones, st.sampled_from(range(1900, 2100)), st.integers(0, 365 * 24 * 60))
@settings(max_examples=150, deadline=None)
def test_an_hour_ends_within_the_hour_and_never_at_once(place: ZoneInfo, year: int, minutes: int) -> None:
    instant = datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert timedelta(0) < next_hour(instant, place) - instant <= HOUR


def test_an_hour_ends_where_the_clock_leaves_it() -> None:
    lord_howe, berlin = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Europe/Berlin")
    assert next_hour(at("2026-10-25T00:10Z"), berlin) == at("2026-10-25T01:00Z")
    assert next_hour(at("2026-10-03T15:30Z"), lord_howe) == at(
        "2026-10-03T16:00Z"
    )  # 02:30 to 03:00, having skipped
    assert next_hour(at("2026-04-04T15:00Z"), lord_howe) == at("2026-04-04T15:30Z")  # 01:30 to 02:00, again
    assert next_hour(at("2010-11-07T02:30Z"), ZoneInfo("America/St_Johns")) == at("2010-11-07T02:31Z")


def test_an_hour_that_loses_some_minutes_stays_one_hour() -> None:
    # Athens went from 00:01:00 to 00:26:08.
    athens = ZoneInfo("Europe/Athens")
    assert next_hour(at("1916-07-27T22:25:30Z"), athens) == at("1916-07-27T23:00Z")


def test_an_hour_that_is_begun_again_is_two() -> None:
    # Colombo went from 00:30 back to 00:00.
    colombo = ZoneInfo("Asia/Colombo")
    assert next_hour(at("2006-04-14T18:00Z"), colombo) == at("2006-04-14T18:30Z")
    assert next_hour(at("2006-04-14T18:30Z"), colombo) == at("2006-04-14T19:30Z")


def test_a_local_time_becomes_the_instant_it_names() -> None:
    clock = at("2026-10-01T12:30")
    assert from_local(clock, ZoneInfo("America/New_York")) == at("2026-10-01T16:30Z")


@pytest.mark.parametrize(
    ("clock", "problem", "mend"),
    [
        ("2026-03-29T02:30", "does not exist", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T02:30", "exists twice", "2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"),
    ],
)
def test_a_skipped_or_repeated_local_time_is_refused_with_a_mend(clock: str, problem: str, mend: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        from_local(at(clock), ZoneInfo("Europe/Berlin"))
    assert mend in str(caught.value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact_both_ways(instant: datetime) -> None:
    micros = to_micros(instant)
    assert from_micros(micros) == instant
    assert (micros % 1_000_000) == instant.microsecond


def test_microseconds_count_from_1970_utc() -> None:
    assert to_micros(at("1970-01-01T00:00Z")) == 0
    assert to_micros(at("1969-12-31T23:59:59.999999Z")) == -1
    assert to_micros(at("2026-10-01T02:00+02:00")) == 1_790_812_800_000_000
    assert from_micros(1_790_812_800_000_001).isoformat() == "2026-10-01T00:00:00.000001+00:00"


def test_the_change_of_an_offset_is_found_to_the_microsecond() -> None:
    before, after = at("2026-10-25T00:00:00.000007Z"), at("2026-10-25T02:00Z")
    assert offset_change(before, after, ZoneInfo("Europe/Berlin")) == at("2026-10-25T01:00Z")


@pytest.mark.parametrize(
    "beyond",
    [
        lambda: from_micros(10**30),
        lambda: from_micros(-(10**17)),
        lambda: start_of_day(date.min, ZoneInfo("Asia/Tokyo")),
        lambda: local_day(datetime.max.replace(tzinfo=UTC), ZoneInfo("Asia/Tokyo")),
        lambda: next_hour(datetime.max.replace(tzinfo=UTC), ZoneInfo("UTC")),
        lambda: from_local(datetime.min, ZoneInfo("Asia/Tokyo")),  # noqa: DTZ901 - a local time is naive
    ],
)
def test_times_beyond_the_calendar_are_refused(beyond: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput, match="years 1 to 9999"):
        beyond()


def test_the_last_day_of_the_calendar_has_a_start() -> None:
    assert start_of_day(date.max, ZoneInfo("UTC")) == at("9999-12-31T00:00Z")
    assert local_day(datetime.max.replace(tzinfo=UTC), ZoneInfo("UTC")) == date.max
