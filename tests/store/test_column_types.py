from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select, text

from usagebill_tui.domain.currency import MINOR_DIGITS
from usagebill_tui.errors import InvalidInput
from usagebill_tui.store.ledger import from_minor, to_minor
from usagebill_tui.store.types import Instant

ENGINE = create_engine("sqlite://")
TABLE = Table("instants", MetaData(), Column("at", Instant()))
TABLE.create(ENGINE)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(1970, 1, 2), datetime(9999, 1, 1), timezones=zones)  # noqa: DTZ001 - zones follow


@given(instants)
def test_an_instant_comes_back_as_the_same_instant_in_utc(instant: datetime) -> None:
    with ENGINE.begin() as connection:
        connection.execute(insert(TABLE).values(at=instant))
        back = connection.scalar(select(TABLE.c.at))
        assert connection.scalar(select(TABLE.c.at).where(TABLE.c.at == instant)) == instant
        connection.rollback()
    assert back == instant
    assert back is not None
    assert back.tzinfo is UTC


def test_instants_lie_in_utc_and_sort_as_text() -> None:
    east = datetime(2024, 1, 1, 0, 30, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    with ENGINE.begin() as connection:
        connection.execute(insert(TABLE).values(at=east))
        assert connection.scalar(text("SELECT at FROM instants")) == "2023-12-31 23:30:00.000005"
        connection.rollback()


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("42.00", "USD", 4200),
        ("-0.01", "USD", -1),
        ("1.005", "USD", 101),
        ("42", "JPY", 42),
        ("0.5", "JPY", 1),
        ("1.234", "KWD", 1234),
        ("92233720368547758.07", "USD", 2**63 - 1),
    ],
)
def test_minor_units(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


def test_an_amount_that_no_database_can_add_is_refused() -> None:
    with pytest.raises(InvalidInput):
        to_minor(Decimal("92233720368547758.08"), "USD")


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(sorted(MINOR_DIGITS)))
def test_minor_units_come_back(minor: int, currency: str) -> None:
    amount = from_minor(minor, currency)
    assert to_minor(amount, currency) == minor
    assert -int(amount.as_tuple().exponent) == MINOR_DIGITS[currency]
