"""`time_of_use`, by hand-made moments and through usagebill's own pricing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from usagebill_timeofuse import usagebill_register_pricing_models
from usagebill_timeofuse.pricing import TimeOfUse, TimeOfUseParameters

from usagebill_tui.domain.pricing import charge, price_from_table
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin import PricedEvent, Registry
from usagebill_tui.testing import Law, pricing_laws

PRICE = {"model": "time_of_use", "peak_unit_amount": "0.30", "off_peak_unit_amount": "0.10"}
PARAMETERS = TimeOfUseParameters(peak_unit_amount=Decimal("0.30"), off_peak_unit_amount=Decimal("0.10"))
WEDNESDAY = datetime(2026, 7, 1, tzinfo=ZoneInfo("America/New_York"))


def used(amount: str, at: datetime | None) -> PricedEvent:
    return PricedEvent(Decimal(amount), at)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "peak"),
    [
        (0, 7, 59, False),
        (0, 8, 0, True),
        (0, 19, 59, True),
        (0, 20, 0, False),
        (2, 12, 0, True),  # Friday
        (3, 12, 0, False),  # Saturday
        (4, 12, 0, False),  # Sunday
        (5, 12, 0, True),  # Monday
    ],
)
def test_peak_is_from_eight_to_eight_on_workdays(day: int, hour: int, minute: int, *, peak: bool) -> None:
    at = WEDNESDAY + timedelta(days=day, hours=hour, minutes=minute)
    assert PARAMETERS.is_peak(at) is peak


@pytest.mark.parametrize(
    ("day", "hour", "peak"),
    [
        (1, 23, False),  # Thursday
        (2, 21, False),
        (2, 22, True),  # Friday evening
        (3, 5, True),  # and the night that follows
        (3, 6, False),
        (3, 23, False),  # Saturday evening is not named
    ],
)
def test_a_peak_over_midnight_belongs_to_the_day_that_it_begins_on(
    day: int, hour: int, *, peak: bool
) -> None:
    night = msgspec.structs.replace(PARAMETERS, peak_from=22, peak_to=6, weekdays=("fri",))
    assert night.is_peak(WEDNESDAY + timedelta(days=day, hours=hour)) is peak


def test_a_peak_that_ends_when_it_begins_lasts_the_whole_day() -> None:
    whole = msgspec.structs.replace(PARAMETERS, peak_from=0, peak_to=24, weekdays=("wed",))
    again = msgspec.structs.replace(PARAMETERS, peak_from=9, peak_to=9, weekdays=("wed",))
    hours = [WEDNESDAY + timedelta(hours=hour) for hour in range(48)]
    assert [whole.is_peak(at) for at in hours] == [True] * 24 + [False] * 24
    assert [again.is_peak(at) for at in hours] == [False] * 9 + [True] * 24 + [False] * 15


def test_two_steps_explain_the_amount() -> None:
    noon = WEDNESDAY.replace(hour=12)
    events = [used("2", noon), used("0.5", noon), used("10", noon.replace(hour=23))]
    charged = charge(Decimal("12.5"), price_from_table(PRICE), TimeOfUse(), "USD", events)
    assert [(step.description, step.quantity, step.unit_amount) for step in charged.steps] == [
        ("2.5 peak units", Decimal("2.5"), Decimal("0.30")),
        ("10 off-peak units", Decimal(10), Decimal("0.10")),
    ]
    assert charged.amount == Decimal("1.75")


def test_the_customers_clock_decides_also_when_it_changes() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    instants = [datetime(2026, 3, 27, 7, 30, tzinfo=UTC), datetime(2026, 3, 30, 6, 30, tzinfo=UTC)]
    local = [instant.astimezone(berlin) for instant in instants]
    assert [at.hour for at in local] == [8, 8]
    assert [PARAMETERS.is_peak(at) for at in local] == [True, True]
    assert [PARAMETERS.is_peak(at) for at in instants] == [False, False]


def test_without_times_units_are_off_peak_and_said_to_be() -> None:
    steps = TimeOfUse().price(Decimal(3), PARAMETERS, [used("3", None)])
    assert [step.description for step in steps] == ["0 peak units", "0 off-peak units", "3 untimed units"]
    assert sum(step.amount for step in steps) == Decimal("0.3")


def test_no_events_cost_nothing() -> None:
    assert [step.amount for step in TimeOfUse().price(Decimal(0), PARAMETERS)] == [0, 0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"peak_unit_amount": "-1"}, "peak_unit_amount"),
        ({"peak_from": 24}, "peak_from"),
        ({"peak_to": 25}, "peak_to"),
        ({"weekdays": ["mon", "mardi"]}, "weekdays"),
        ({"weekdays": []}, "weekdays"),
        ({"peak_form": 9}, "did you mean 'peak_from'?"),
    ],
)
def test_impossible_parameters_are_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        charge(Decimal(0), price_from_table(PRICE | change), TimeOfUse(), "USD")


@pricing_laws(TimeOfUse())
def test_it_holds_to_the_laws(law: Law) -> None:
    law()


def test_the_hook_registers_the_model() -> None:
    registry = Registry()
    usagebill_register_pricing_models(registry)
    assert registry.names() == ("pricing model time_of_use",)
