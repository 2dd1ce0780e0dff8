from typing import Any

import pytest

from tests.events.shapes.reading import both, lines, seen, table

ROW: dict[str, Any] = {
    "uniqueId": "evt-1",
    "account": "acc_1",
    "eventName": "llm_request",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"model": "large", "tokens": 17},
}
EXPECTED = {
    "id": "evt-1",
    "source": "",
    "account": "acc_1",
    "metric": "llm_request",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"model": "large", "tokens": "17"},
}


def test_as_documented() -> None:
    assert lines(ROW).format == "jsonl:alguna"
    assert table(ROW).format == "csv:alguna"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED


@pytest.mark.parametrize(
    ("name", "other"), [("uniqueId", "unique_id"), ("account", "accountId"), ("eventName", "event_name")]
)
def test_other_spellings(name: str, other: str) -> None:
    row = {other if key == name else key: value for key, value in ROW.items()}
    for found in both(row):
        assert found.format.endswith(":alguna")
        assert seen(found.event) == EXPECTED


def test_without_an_id_it_is_still_known_by_account_and_event_name() -> None:
    row = {key: value for key, value in ROW.items() if key != "uniqueId"}
    found = lines(row)
    assert found.format == "jsonl:alguna"
    assert found.event.id is None


def test_in_a_wrapper() -> None:
    assert seen(lines({"event": ROW}).event) == EXPECTED
    assert [seen(event) for event in lines({"events": [ROW, ROW]}).events] == [EXPECTED] * 2
