from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.periods import parse_instant, parse_period, rfc3339
from usagebill_tui.errors import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 11, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 10, 1)),
        ("2026-q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-10-01..2026-11-01", date(2026, 10, 1), date(2026, 11, 1)),
        ("2026-10-31..2026-11-01", date(2026, 10, 31), date(2026, 11, 1)),
        ("9999-12-01..9999-12-31", date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_a_period_is_read(text: str, first: date, after: date) -> None:
    days = parse_period(text)
    assert (days.first, days.after) == (first, after)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "October",
        "2026-13",
        "2026-00",
        "0000",
        "2026-Q5",
        "2026-Q0",
        "26-10",
        "2026-1",
        "2026-10-01",
        "2026-10-01..",
        "..2026-11-01",
        "2026-10..2026-11",
        "2026-02-30..2026-03-01",
        "2026-10-01...2026-11-01",
        "2026-10-01..2026-11-01..2026-12-01",
        "20261001..20261101",
        "2026-11-01..2026-10-01",
        "2026-10-01..2026-10-01",
        "2026-10\n",
        "٢٠٢٦-١٠",
        "9999-12",
        "9999",
    ],
)
def test_what_is_no_period_is_refused_with_a_mend(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_period(text)
    assert caught.value.mend


def test_a_reversed_period_says_so() -> None:
    with pytest.raises(InvalidInput, match="has no days; its second date must be later"):
        parse_period("2026-11-01..2026-10-01")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-10-01", "2026-09-30T22:00:00Z"),
        ("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z"),
        ("2026-10-01t00:00:00z", "2026-10-01T00:00:00Z"),
        ("2026-10-01 00:00:00+05:45", "2026-09-30T18:15:00Z"),
        ("2026-10-01T00:00:00-03:30", "2026-10-01T03:30:00Z"),
        ("2026-10-01T12:30:00", "2026-10-01T10:30:00Z"),
        ("2026-10-01T12:30", "2026-10-01T10:30:00Z"),
        ("2026-10-01T12:30Z", "2026-10-01T12:30:00Z"),
        ("2026-10-01T12:30:00.5Z", "2026-10-01T12:30:00.5Z"),
        ("2026-10-01T12:30:00.1234569Z", "2026-10-01T12:30:00.123456Z"),
        ("2026-10-01T12:30:00.000000999Z", "2026-10-01T12:30:00Z"),
        # Both of the times that Berlin's clock shows twice can be named by their offset.
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"),
    ],
)
def test_an_instant_is_read_and_written_in_utc(text: str, instant: str) -> None:
    found = parse_instant(text, BERLIN)
    assert found.tzinfo is UTC
    assert rfc3339(found) == instant


def test_a_date_is_the_start_of_that_day_where_midnight_is_missing() -> None:
    assert rfc3339(parse_instant("2018-11-04", ZoneInfo("America/Sao_Paulo"))) == "2018-11-04T03:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-10",
        "2026-02-30",
        "2026-02-30T00:00:00Z",
        "2026-10-01T24:00:00Z",
        "2026-10-01T23:60:00Z",
        "2026-10-01T23:59:60Z",
        "2026-10-01T00:00:00+24:00",
        "2026-10-01T00:00:00+01:60",
        "2026-10-01T00:00:00+0100",
        "2026-10-01T00:00.5Z",
        "2026-10-01T00:00:00.Z",
        "2026-10-01T00:00:00 Z",
        "20261001T000000Z",
        "2026-W40-4",
        "1759276800",
        "2026-10-01T00:00:00Z\n",
        "٢٠٢٦-10-01",
        "0000-01-01",
    ],
)
def test_what_is_no_instant_is_refused_with_a_mend(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a") as caught:
        parse_instant(text, BERLIN)
    assert caught.value.mend


@pytest.mark.parametrize(
    ("text", "problem"), [("2026-03-29T02:30", "not exist"), ("2026-10-25T02:30", "exists twice")]
)
def test_a_local_time_that_the_clock_skips_or_repeats_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        parse_instant(text, BERLIN)
    assert "+02:00" in str(caught.value)


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00+01:00", "9999-12-31T23:30:00-01:00"])
def test_an_instant_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="years 1 to 9999"):
        parse_instant(text, BERLIN)


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_again(instant: datetime) -> None:
    text = rfc3339(instant)
    assert parse_instant(text, BERLIN) == instant
    assert text.endswith("Z")
    assert not text.endswith(("0Z", ".Z")) or "." not in text


def test_an_instant_of_another_offset_is_written_in_utc() -> None:
    assert rfc3339(datetime(2026, 10, 1, 2, tzinfo=BERLIN)) == "2026-10-01T00:00:00Z"
