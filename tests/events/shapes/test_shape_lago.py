from typing import Any

import pytest

from tests.events.shapes.reading import both, lines, read, seen, table
from usagebill_tui.events.types import Options

ROW: dict[str, Any] = {
    "transaction_id": "transaction_1",
    "external_subscription_id": "sub_1",
    "code": "storage",
    "timestamp": 1790857800,
    "properties": {"gb": "12.5", "region": "eu"},
}
EXPECTED = {
    "id": "transaction_1",
    "source": "",
    "account": "sub_1",
    "metric": "storage",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"gb": "12.5", "region": "eu"},
}


def _without(*names: str, **more: Any) -> dict[str, Any]:
    return {**{key: value for key, value in ROW.items() if key not in names}, **more}


def test_as_documented() -> None:
    assert lines(ROW).format == "jsonl:lago"
    assert table(ROW).format == "csv:lago"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED
    assert read(
        '{"event": ' + '{"transaction_id":"t","code":"c","external_customer_id":"k","timestamp":1}}'
    ).events


@pytest.mark.parametrize(
    ("written", "micros"),
    [
        ("1790857800", 0),
        ("1790857800.123", 123_000),
        (1790857800.5, 500_000),
        ("2026-10-01T12:30:00.25Z", 250_000),
    ],
)
def test_times_are_unix_seconds_as_number_or_text_with_a_fraction(written: object, micros: int) -> None:
    for found in both(_without(timestamp=written)):
        assert found.event.timestamp == 1_790_857_800_000_000 + micros


def test_a_unit_that_is_said_comes_first() -> None:
    found = lines(_without(timestamp=1790857800000), options=Options(time_unit="ms"))
    assert seen(found.event) == EXPECTED


def test_the_customer_where_no_subscription_is_named() -> None:
    row = _without("external_subscription_id", external_customer_id="cust_1")
    for found in both(row):
        assert found.format.endswith(":lago")
        assert found.event.account == "cust_1"
    for empty in (None, ""):
        event = lines({**row, "external_subscription_id": empty}).event
        assert event.account == "cust_1"
    for found in both({**row, "external_subscription_id": ""}):
        assert found.event.account == "cust_1"
        assert "external_customer_id" not in found.event.properties


def test_the_subscription_before_the_customer_who_stays_as_a_property() -> None:
    for found in both(_without(external_customer_id="cust_1")):
        assert found.event.account == "sub_1"
        assert found.event.properties["external_customer_id"].text == "cust_1"


def test_the_precise_amount_is_a_property() -> None:
    for found in both(_without(precise_total_amount_cents="1234.56789")):
        assert str(found.event.properties["precise_total_amount_cents"].number) == "1234.56789"


def test_a_missing_account_names_both_columns() -> None:
    found = lines(_without("external_subscription_id"))
    assert found.reasons == [
        "account is missing (column 'external_subscription_id' or 'external_customer_id')"
    ]
