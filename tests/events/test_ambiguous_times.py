"""Local times that a change of clocks shows twice or skips."""

import pytest

from usagebill_tui.domain.zones import from_micros
from usagebill_tui.events.timestamps import Timestamps
from usagebill_tui.events.types import Options, Resolution
from usagebill_tui.events.unreadable import Unreadable

BERLIN = "Europe/Berlin"
HOWE = "Australia/Lord_Howe"  # its clocks move by half an hour


def _read(text: str, zone: str, twice: Resolution = "reject", skipped: Resolution = "reject") -> str:
    options = Options(timezone=zone, ambiguous_time=twice, nonexistent_time=skipped)
    return (
        from_micros(Timestamps(options).read(text)).strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")
    )


@pytest.mark.parametrize(
    ("text", "zone", "earlier", "later"),
    [
        ("2026-10-25 02:30:00", BERLIN, "2026-10-25 00:30:00", "2026-10-25 01:30:00"),
        ("2026-10-25 02:00:00", BERLIN, "2026-10-25 00:00:00", "2026-10-25 01:00:00"),
        ("2026-10-25T02:59:59.999999", BERLIN, "2026-10-25 00:59:59.999999", "2026-10-25 01:59:59.999999"),
        ("2026-04-05 01:45:00", HOWE, "2026-04-04 14:45:00", "2026-04-04 15:15:00"),
    ],
)
def test_a_time_shown_twice_is_rejected_or_taken_as_said(
    text: str, zone: str, earlier: str, later: str
) -> None:
    with pytest.raises(Unreadable, match=rf"exists twice in {zone}; write .* or say --ambiguous-time"):
        _read(text, zone, skipped="later")
    assert _read(text, zone, twice="earlier") == earlier
    assert _read(text, zone, twice="later") == later


@pytest.mark.parametrize(
    ("text", "zone", "earlier", "later"),
    [
        ("2026-03-29 02:30:00", BERLIN, "2026-03-29 00:30:00", "2026-03-29 01:30:00"),
        ("2026-03-29 02:00:00", BERLIN, "2026-03-29 00:00:00", "2026-03-29 01:00:00"),
        ("2026-10-04 02:15:00", HOWE, "2026-10-03 15:15:00", "2026-10-03 15:45:00"),
    ],
)
def test_a_time_that_is_skipped_is_rejected_or_taken_as_said(
    text: str, zone: str, earlier: str, later: str
) -> None:
    with pytest.raises(Unreadable, match=rf"does not exist in {zone}: .* or say --nonexistent-time"):
        _read(text, zone, twice="later")
    assert _read(text, zone, skipped="earlier") == earlier
    assert _read(text, zone, skipped="later") == later


@pytest.mark.parametrize("resolution", ["earlier", "later"])
def test_all_other_times_stay_what_they_are(resolution: Resolution) -> None:
    for zone in (BERLIN, HOWE):
        options = Options(timezone=zone, ambiguous_time=resolution, nonexistent_time=resolution)
        chosen, plain = Timestamps(options), Timestamps(Options(timezone=zone))
        for day in ("2026-03-29", "2026-10-25", "2026-04-05", "2026-10-04"):
            for minute in range(0, 24 * 60, 15):
                text = f"{day} {minute // 60:02}:{minute % 60:02}"
                try:
                    expected = plain.read(text)
                except Unreadable:
                    continue
                assert chosen.read(text) == expected
                assert chosen.read(f"{text}:00+02:00") == plain.read(f"{text}:00+02:00")


def test_an_hour_of_both_kinds_is_not_taken_for_even() -> None:
    options = Options(timezone=HOWE, ambiguous_time="later")
    times = Timestamps(options)
    assert times.read("2026-04-05 01:45") - times.read("2026-04-05 01:15") == 60 * 60 * 1_000_000
    assert times.read("2026-04-05 01:15") == Timestamps(Options(timezone=HOWE)).read("2026-04-05 01:15")


@pytest.mark.parametrize(
    ("text", "zone"), [("0001-01-01 00:00:00", "Asia/Tokyo"), ("9999-12-31 23:59:59", "America/New_York")]
)
def test_the_ends_of_the_calendar(text: str, zone: str) -> None:
    with pytest.raises(Unreadable, match="1 to 9999"):
        _read(text, zone, "earlier", "later")
