from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.zones import to_micros
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.timestamps import Timestamps
from usagebill_tui.events.types import Options
from usagebill_tui.events.unreadable import Unreadable

Unit = Literal["s", "ms", "us", "ns"]


def _read(value: object, zone: str = "UTC", unit: Unit | None = None) -> int:
    return Timestamps(Options(timezone=zone, time_unit=unit)).read(value)


def _shown(micros: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).isoformat()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2023-11-16T18:15:46Z", "2023-11-16T18:15:46+00:00"),
        ("2023-11-16t18:15:46z", "2023-11-16T18:15:46+00:00"),
        ("2023-11-16 18:15:46.6805909", "2023-11-16T18:15:46.680590+00:00"),
        ("2023-11-16 18:15:46.9999999999999", "2023-11-16T18:15:46.999999+00:00"),
        ("2023-11-16 18:15:46.5", "2023-11-16T18:15:46.500000+00:00"),
        ("1969-12-31 23:59:59.9999999", "1969-12-31T23:59:59.999999+00:00"),
        ("2023-11-16 18:15", "2023-11-16T18:15:00+00:00"),
        ("2023-11-16T18:15+01:00", "2023-11-16T17:15:00+00:00"),
        ("2023-11-16", "2023-11-16T00:00:00+00:00"),
        ("2024-02-29", "2024-02-29T00:00:00+00:00"),
        ("2023-11-16T00:15:46+14:00", "2023-11-15T10:15:46+00:00"),
        ("2023-11-16T00:15:46-23:59", "2023-11-17T00:14:46+00:00"),
        ("2023-11-16T00:15:46-0330", "2023-11-16T03:45:46+00:00"),
        ("2023-11-16T00:15:46+05", "2023-11-15T19:15:46+00:00"),
        ("2023-11-16T00:15:46-00:00", "2023-11-16T00:15:46+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_texts_in_utc(text: str, instant: str) -> None:
    assert _shown(_read(text)) == instant


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2023-07-01 12:00:00", "America/New_York", "2023-07-01T16:00:00+00:00"),
        ("2023-01-01 12:00:00", "America/New_York", "2023-01-01T17:00:00+00:00"),
        ("2023-07-01 12:00:00Z", "America/New_York", "2023-07-01T12:00:00+00:00"),
        ("2023-07-01", "Asia/Kolkata", "2023-06-30T18:30:00+00:00"),
        ("2023-03-12 01:59:59.999999", "America/New_York", "2023-03-12T06:59:59.999999+00:00"),
        ("2023-03-12 03:00", "America/New_York", "2023-03-12T07:00:00+00:00"),
        ("2023-11-05 02:00", "America/New_York", "2023-11-05T07:00:00+00:00"),
        ("2023-10-01 02:30", "Australia/Lord_Howe", "2023-09-30T15:30:00+00:00"),
        ("2023-04-02 01:29:59", "Australia/Lord_Howe", "2023-04-01T14:29:59+00:00"),
        # Local mean time, set back by 3 min 58 s at noon: the seconds of the offset count.
        ("1883-11-18 12:00:00", "America/New_York", None),
        ("1883-11-18 11:56:01", "America/New_York", "1883-11-18T16:52:03+00:00"),
        ("1883-11-18 12:04", "America/New_York", "1883-11-18T17:04:00+00:00"),
    ],
)
def test_texts_without_offset_in_a_zone(text: str, zone: str, instant: str | None) -> None:
    if instant is not None:
        assert _shown(_read(text, zone)) == instant
    else:
        with pytest.raises(Unreadable, match="exists twice"):
            _read(text, zone)


@pytest.mark.parametrize(
    ("text", "zone", "reason"),
    [
        ("2023-03-12 02:30:00", "America/New_York", "2023-03-12T02:30:00 does not exist in America/New_York"),
        ("2023-11-05 01:30:00", "America/New_York", "2023-11-05T01:30:00 exists twice in America/New_York"),
        ("2023-10-01 02:10", "Australia/Lord_Howe", "does not exist"),
        ("2023-04-02 01:45", "Australia/Lord_Howe", "exists twice"),
        ("2011-12-30", "Pacific/Apia", "does not exist"),
        ("2023-02-29", "UTC", "'2023-02-29' does not exist in the calendar"),
        ("2023-13-01 00:00", "UTC", "does not exist in the calendar"),
        ("0000-01-01", "UTC", "does not exist in the calendar"),
        ("2023-01-01 24:00:00", "UTC", "has the hour 24; write 00:00 of the next day"),
        ("2023-01-01 25:00:00", "UTC", "does not exist"),
        ("2023-01-01 10:60:00", "UTC", "does not exist on the clock"),
        ("2016-12-31T23:59:60Z", "UTC", "is a leap second; write second 59"),
        ("2023-01-01 10:00:61", "UTC", "does not exist on the clock"),
        ("2023-01-01T10:00:00+24:00", "UTC", "has an offset beyond 23:59"),
        ("2023-01-01T10:00:00+10:60", "UTC", "has an offset beyond 23:59"),
        ("0001-01-01T00:00:00+00:01", "UTC", "is outside the years 1 to 9999"),
        ("9999-12-31T23:59:59-00:01", "UTC", "is outside the years 1 to 9999"),
        ("9999-12-31T23:59:59", "America/New_York", "outside the years 1 to 9999"),
        ("yesterday", "UTC", "timestamp 'yesterday' is not a time; write it like 2026-10-01T12:30:00Z"),
        ("2023-1-1", "UTC", "is not a time"),
        ("2023-01-01T", "UTC", "is not a time"),
        ("2023-01-01Z", "UTC", "is not a time"),
        ("2023-01-01 10", "UTC", "is not a time"),
        ("2023-01-01 10:00:00.", "UTC", "is not a time"),
        (" 2023-01-01", "UTC", "is not a time"),
        ("2023-01-01\n", "UTC", "is not a time"),
        ("2023-W01-1", "UTC", "is not a time"),
        ("٢٠٢٣-01-01", "UTC", "is not a time"),
        ("", "UTC", "is not a time"),
        ("20230101", "UTC", "timestamp '20230101' is a number; say --time-unit"),
        ("1.7e9", "UTC", "is a number; say --time-unit"),
        (1700000000, "UTC", "timestamp '1700000000' is a number; say --time-unit"),
        (Decimal("1.5"), "UTC", "timestamp '1.5' is a number; say --time-unit"),
        (True, "UTC", "is neither a text nor a number"),
        ([], "UTC", "is neither a text nor a number"),
    ],
)
def test_times_that_cannot_be_read_say_why(text: object, zone: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason.replace("(", r"\(")):
        _read(text, zone)


@pytest.mark.parametrize(
    ("value", "unit", "micros"),
    [
        (1700158546, "s", 1_700_158_546_000_000),
        ("1700158546.6805909", "s", 1_700_158_546_680_590),
        (Decimal("1700158546.6805909"), "s", 1_700_158_546_680_590),
        (Decimal("1.7001585466805909e9"), "s", 1_700_158_546_680_590),
        ("1700158546680", "ms", 1_700_158_546_680_000),
        ("1700158546680.5909", "ms", 1_700_158_546_680_590),
        (1700158546680590, "us", 1_700_158_546_680_590),
        (Decimal("0.999"), "us", 0),
        (1700158546680590999, "ns", 1_700_158_546_680_590),
        (-1, "ns", -1),
        (Decimal("-0.0000001"), "s", -1),
        (Decimal("-1e-999999999"), "s", -1),
        (Decimal("1e-999999999"), "s", 0),
        (0, "s", 0),
        (Decimal("-0.0"), "s", 0),
        (Decimal("0." + "9" * 300), "s", 999_999),
        ("2023-11-16", "ms", 1_700_092_800_000_000),
    ],
)
def test_numbers_with_a_unit(value: object, unit: Unit, micros: int) -> None:
    assert _read(value, unit=unit) == micros


@pytest.mark.parametrize(
    "value", [10**12, -(10**12), Decimal("1e40"), Decimal("1e999999999"), "253402300800"]
)
def test_numbers_beyond_the_calendar(value: object) -> None:
    with pytest.raises(Unreadable, match="is outside the years 1 to 9999"):
        _read(value, unit="s")


def test_an_unknown_zone_names_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"did you mean .Europe/Berlin"):
        Timestamps(Options(timezone="Europe/Berln"))


@settings(max_examples=200)
@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001 - offset added below
    st.integers(-1439, 1439),
)
def test_any_instant_is_read_as_python_has_it(clock: datetime, offset: int) -> None:
    instant = clock.replace(tzinfo=timezone(timedelta(minutes=offset)))
    times = Timestamps(Options())
    assert times.read(instant.isoformat()) == times.read(instant.isoformat(" ")) == to_micros(instant)


@settings(max_examples=200)
@given(
    st.datetimes(min_value=datetime(1850, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - zone added below
    st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Africa/Monrovia", "Pacific/Apia"]),
)
def test_a_reader_that_remembers_hours_agrees_with_the_zone(clock: datetime, name: str) -> None:
    times = Timestamps(Options(timezone=name))
    for minutes in (0, 30, 59, 1):
        local = clock + timedelta(minutes=minutes)
        first = to_micros(local.replace(tzinfo=ZoneInfo(name), fold=0).astimezone(UTC))
        second = to_micros(local.replace(tzinfo=ZoneInfo(name), fold=1).astimezone(UTC))
        try:
            assert times.read(local.isoformat(" ")) == first == second
        except Unreadable:
            assert first != second
