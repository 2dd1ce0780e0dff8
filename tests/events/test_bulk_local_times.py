"""Local times that are said to be beyond doubt are what the zone's rules make of them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.zones import from_local, to_micros
from usagebill_tui.events.bulk.local_times import spans_of

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Asia/Pyongyang",
    "Antarctica/Troll",
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.sampled_from([1884, 1972, 1995, 2011, 2018, 2024]), st.data())
def test_a_span_has_one_offset_and_no_doubt(name: str, year: int, data: st.DataObject) -> None:
    zone = ZoneInfo(name)
    span = data.draw(st.sampled_from(spans_of(year, zone)))
    micros = data.draw(st.one_of(st.just(span.first), st.just(span.last), st.integers(span.first, span.last)))
    local = datetime(1970, 1, 1) + timedelta(microseconds=micros)  # noqa: DTZ001 - a local time has no zone
    assert to_micros(from_local(local, zone)) == micros - span.offset


def test_most_of_a_year_is_in_spans() -> None:
    spans = spans_of(2024, ZoneInfo("Europe/Berlin"))
    assert sum(span.last - span.first for span in spans) > 365 * 86_400 * 1_000_000
