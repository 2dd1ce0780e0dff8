from typing import Any

import pytest

from tests.events.shapes.reading import Row, both, lines, seen, table
from usagebill_tui.events.types import Options

ROW: dict[str, Any] = {
    "id": "e1",
    "source": "meter-7",
    "account": "acme",
    "metric": "calls",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"model": "large"},
    "region": "eu",
}
EXPECTED: dict[str, Any] = {
    "id": "e1",
    "source": "meter-7",
    "account": "acme",
    "metric": "calls",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"model": "large", "region": "eu"},
}


def test_as_documented() -> None:
    assert lines(ROW).format == "jsonl"
    assert table(ROW).format == "csv"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED


@pytest.mark.parametrize(
    "more",
    [
        {"specversion": "1.0"},
        {"payload": 1, "event_name": "x"},
        {"code": "x", "transaction_id": "t", "external_subscription_id": "s"},
        {"event_type": "x", "transaction_id": "t", "customer_id": "c"},
        {"idempotency_key": "k", "event_name": "x", "external_customer_id": "c"},
        {"uid": "u", "meter": "m", "ts": "2020-01-01"},
        {"uniqueId": "u", "eventName": "x"},
        {"event_id": "e", "event_name": "x"},
    ],
)
def test_our_own_three_names_settle_it_whatever_else_there_is(more: Row) -> None:
    for found in both({**ROW, **more}):
        assert found.format in ("jsonl", "csv")
        event = seen(found.event)
        assert {**event, "properties": None} == {**EXPECTED, "properties": None}
        assert event["properties"].keys() == EXPECTED["properties"].keys() | more.keys()


def test_what_is_set_or_mapped_counts_as_there() -> None:
    row = {"account": "acme", "timestamp": "2026-10-01T12:30:00Z", "uniqueName": "x"}
    for found in (
        lines(row, options=Options(set={"metric": "calls"})),
        table(row, options=Options(set={"metric": "calls"})),
    ):
        assert (found.event.account, found.event.metric) == ("acme", "calls")
        assert found.format in ("jsonl", "csv")


def test_rows_that_are_like_nothing_known_are_read_as_our_own() -> None:
    assert lines({"x": 1}).reasons == ["account is missing"]
    assert lines({}).reasons == ["account is missing"]
