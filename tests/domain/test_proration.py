from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.periods import Cycle, Days
from usagebill_tui.domain.proration import active_share, prorated

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("active", "share"),
    [
        (OCTOBER, (31, 31)),
        (Days(date(2026, 10, 15), date(2027, 10, 15)), (17, 31)),
        (Days(date(2026, 9, 1), date(2026, 10, 15)), (14, 31)),
        (Days(date(2026, 10, 31), date(2026, 11, 1)), (1, 31)),
        (Days(date(2026, 11, 1), date(2026, 12, 1)), (0, 31)),
        (Days(date(2026, 10, 5), date(2026, 10, 5)), (0, 31)),
    ],
)
def test_active_days_are_counted_with_the_first_one(active: Days, share: tuple[int, int]) -> None:
    assert active_share(active, OCTOBER) == share


def test_a_fee_is_prorated_by_day() -> None:
    half = prorated(Decimal("49.00"), Days(date(2026, 10, 16), date(2026, 11, 1)), OCTOBER)
    assert round_money(half, "USD") == Decimal("25.29")  # 49 × 16 ÷ 31 = 25.2903…


def test_a_share_that_has_no_end_is_kept_to_many_digits() -> None:
    third = prorated(
        Decimal(100), Days(date(2026, 4, 21), date(2026, 5, 1)), Days(date(2026, 4, 1), date(2026, 5, 1))
    )
    assert str(third).startswith("33." + "3" * 100)


def test_whole_and_empty_shares_are_exact() -> None:
    assert prorated(Decimal("0.1"), OCTOBER, OCTOBER) == Decimal("0.1")
    assert prorated(Decimal("49.00"), Days(date(2027, 1, 1), date(2027, 2, 1)), OCTOBER) == 0


@given(
    st.decimals(min_value=0, max_value=10**12, places=4),
    st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    st.integers(0, 31),
)
def test_the_parts_of_a_period_add_up_to_its_amount(amount: Decimal, day: date, cut: int) -> None:
    full = Cycle("month").containing(day)
    middle = min(full.first + timedelta(days=cut), full.after)
    parts = prorated(amount, Days(full.first, middle), full) + prorated(
        amount, Days(middle, full.after), full
    )
    assert abs(parts - amount) < Decimal("1e-12")
