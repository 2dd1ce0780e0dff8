from decimal import Decimal
from typing import Any

import pytest

from tests.events.shapes.reading import both, lines, seen, table
from usagebill_tui.events.types import Options

ROW: dict[str, Any] = {
    "identifier": "idmp_1",
    "event_name": "api_requests",
    "timestamp": 1790857800,
    "payload": {"stripe_customer_id": "cus_1", "value": "25.5"},
}
EXPECTED = {
    "id": "idmp_1",
    "source": "",
    "account": "cus_1",
    "metric": "api_requests",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"value": "25.5"},
}


def test_as_documented() -> None:
    assert lines(ROW).format == "jsonl:stripe"
    assert table(ROW).format == "csv:stripe"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED
        assert found.event.properties["value"].number == Decimal("25.5")


@pytest.mark.parametrize("written", ["1790857800", "2026-10-01T12:30:00Z", "2026-10-01T14:30:00.000+02:00"])
def test_times_are_seconds_or_rfc_3339(written: str) -> None:
    for found in both({**ROW, "timestamp": written}):
        assert seen(found.event) == EXPECTED


def test_dimensions_of_the_payload_are_properties_by_their_own_names() -> None:
    row = {**ROW, "payload": {**ROW["payload"], "model": "large"}}
    for found in both(row):
        assert seen(found.event)["properties"] == {"value": "25.5", "model": "large"}


def test_what_only_says_that_it_is_an_event_is_left_out() -> None:
    row = {**ROW, "object": "billing.meter_event", "livemode": False, "created": 1790857801}
    for found in both(row):
        assert seen(found.event)["properties"] == {"value": "25.5", "created": "1790857801"}


def test_without_a_customer_the_row_says_where_one_should_be() -> None:
    found = lines({**ROW, "payload": {"value": "1"}})
    assert found.reasons == ["account is missing (column 'payload.stripe_customer_id')"]
    assert lines({**ROW, "payload": None}).reasons == found.reasons
    assert lines({**ROW, "payload": 5}).reasons == ["payload is not an object"]


def test_a_meter_with_another_customer_key() -> None:
    row = {**ROW, "payload": {"account": "cus_1", "value": "25.5"}}
    for found in (
        lines(row, options=Options(map={"account": "payload.account"})),
        table(row, options=Options(map={"account": "payload.account"})),
    ):
        assert seen(found.event) == EXPECTED
