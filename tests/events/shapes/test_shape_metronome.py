from typing import Any

from tests.events.shapes.reading import both, lines, seen, table

ROW: dict[str, Any] = {
    "transaction_id": "2026-10-01T12:30:00Z_cluster42",
    "customer_id": "team@example.com",
    "event_type": "heartbeat",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"cluster_id": "42", "cpu_seconds": 60},
}
EXPECTED = {
    "id": "2026-10-01T12:30:00Z_cluster42",
    "source": "",
    "account": "team@example.com",
    "metric": "heartbeat",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"cluster_id": "42", "cpu_seconds": "60"},
}


def test_as_documented() -> None:
    assert lines(ROW).format == "jsonl:metronome"
    assert table(ROW).format == "csv:metronome"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED


def test_without_a_transaction_it_is_known_by_its_event_type() -> None:
    row = {key: value for key, value in ROW.items() if key != "transaction_id"}
    found = lines(row)
    assert found.format == "jsonl:metronome"
    assert found.event.id is None
