from typing import Any

import pytest

from tests.events.shapes.reading import both, lines, seen, table

ROW: dict[str, Any] = {
    "event_id": "event-1",
    "code": "api_calls",
    "external_customer_alias": "acme",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"calls": "3"},
}
EXPECTED = {
    "id": "event-1",
    "source": "",
    "account": "acme",
    "metric": "api_calls",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"calls": "3"},
}


def test_as_documented() -> None:
    assert lines(ROW).format == "jsonl:meteroid"
    assert table(ROW).format == "csv:meteroid"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED


@pytest.mark.parametrize(("name", "other"), [("event_id", "id"), ("external_customer_alias", "customer_id")])
def test_other_names(name: str, other: str) -> None:
    row = {other if key == name else key: value for key, value in ROW.items()}
    for found in both(row):
        assert found.format.endswith(":meteroid")
        assert seen(found.event) == EXPECTED
