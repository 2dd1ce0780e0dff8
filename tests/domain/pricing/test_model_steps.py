import pytest

from tests.domain.pricing.prices import Table, charged, told

TIERS = [
    {"up_to": 1000, "unit_amount": "0"},
    {"up_to": 5000, "unit_amount": "0.01", "flat_amount": "5"},
    {"unit_amount": "0.005"},
]
TIERED: Table = {"model": "tiered", "tiers": TIERS}
VOLUME: Table = {"model": "volume", "tiers": TIERS}
FLAT_FIRST = [{"up_to": 5, "unit_amount": 2, "flat_amount": 100}, {"unit_amount": 1}]
PACKAGE: Table = {"model": "package", "package_size": 10, "package_amount": "1.5"}


@pytest.mark.parametrize(
    ("table", "units", "steps"),
    [
        ({"unit_amount": "0.01"}, 1, "1 unit × 0.01 = 0.01"),
        ({"unit_amount": "0.01"}, "1234.5", "1,234.5 units × 0.01 = 12.345; rounding to 0.01 = 0.005"),
        (TIERED, 1000, "first 1,000 × 0 = 0"),
        (
            TIERED,
            "1000.5",
            (
                "first 1,000 × 0 = 0; next 0.5 × 0.01 = 0.005; flat amount of tier 2 = 5;"
                " rounding to 0.01 = 0.005"
            ),
        ),
        (
            TIERED,
            6000,
            "first 1,000 × 0 = 0; next 4,000 × 0.01 = 40; flat amount of tier 2 = 5; next 1,000 × 0.005 = 5",
        ),
        (VOLUME, 5000, "5,000 units at tier 2 × 0.01 = 50; flat amount of tier 2 = 5"),
        (VOLUME, 6000, "6,000 units at tier 3 × 0.005 = 30"),
        (PACKAGE, 111, "12 packages of 10 × 1.5 = 18"),
        (PACKAGE, 10, "1 package of 10 × 1.5 = 1.5"),
        ({**PACKAGE, "rounding": "down"}, "19.999", "1 package of 10 × 1.5 = 1.5"),
        ({**PACKAGE, "package_size": "0.1"}, "0.3", "3 packages of 0.1 × 1.5 = 4.5"),
        (
            {
                "model": "tiered_percentage",
                "tiers": [{"up_to": 1000, "rate_percent": "2.5"}, {"rate_percent": 1, "flat_amount": 3}],
            },
            1500,
            "2.5% of first 1,000 = 25; 1% of next 500 = 5; flat amount of tier 2 = 3",
        ),
    ],
)
def test_a_charge_explains_itself(table: Table, units: str | int, steps: str) -> None:
    assert told(charged(table, units)) == steps


@pytest.mark.parametrize("units", [0, None, -5])
@pytest.mark.parametrize(
    ("table", "steps"),
    [
        ({"unit_amount": 3}, "0 units × 3 = 0"),
        ({"model": "tiered", "tiers": FLAT_FIRST}, "0 units × 2 = 0; flat amount of tier 1 = 100"),
        ({"model": "volume", "tiers": FLAT_FIRST}, "0 units × 2 = 0; flat amount of tier 1 = 100"),
        ({"model": "tiered", "tiers": FLAT_FIRST, "zero_usage_flat": "none"}, "0 units × 2 = 0"),
        ({"model": "volume", "tiers": FLAT_FIRST, "zero_usage_flat": "none"}, "0 units × 2 = 0"),
        (PACKAGE, "0 packages of 10 × 1.5 = 0"),
        (
            {"model": "tiered_percentage", "tiers": [{"rate_percent": 1, "flat_amount": 7}]},
            "0 units = 0; flat amount of tier 1 = 7",
        ),
        ({"model": "percentage", "rate_percent": 1}, "1% of 0 in 0 events = 0"),
    ],
)
def test_no_usage_no_value_and_negative_usage_are_priced_alike(
    table: Table, steps: str, units: int | None
) -> None:
    result = charged(table, units)
    assert told(result) == steps
    assert result.units == units
    assert result.warnings == (("usage is negative (-5), priced like 0",) if units == -5 else ())


def test_a_bound_on_the_last_tier_is_read_as_open() -> None:
    bounded = [{"up_to": 5, "unit_amount": 2}, {"up_to": 7, "unit_amount": 1}]
    for model, amount in (("tiered", 105), ("volume", 100)):
        assert charged({"model": model, "tiers": bounded}, 100).amount == amount


@pytest.mark.parametrize(
    ("units", "place"), [("5", 1), ("5.001", 2), ("10", 2), ("10.000000000000000001", 3)]
)
def test_bounds_are_inclusive_and_continuous(units: str, place: int) -> None:
    tiers = [{"up_to": 5, "flat_amount": 1}, {"up_to": 10, "flat_amount": 20}, {"flat_amount": 300}]
    assert charged({"model": "volume", "tiers": tiers}, units).amount == (1, 20, 300)[place - 1]
    assert charged({"model": "tiered", "tiers": tiers}, units).amount == (1, 21, 321)[place - 1]


def test_huge_and_tiny_usage_stay_exact() -> None:
    usage = "99999999999999999999.999999999999999999"
    assert str(charged({"unit_amount": "0.000000000000000001"}, usage).amount) == (
        "99.999999999999999999999999999999999999"
    )
