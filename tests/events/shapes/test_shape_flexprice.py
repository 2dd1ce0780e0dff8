from typing import Any

from tests.events.shapes.reading import both, lines, seen, table

ROW: dict[str, Any] = {
    "event_id": "event-1",
    "event_name": "api_request",
    "external_customer_id": "acme",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"response_status": "200", "bytes": 150},
}
EXPECTED = {
    "id": "event-1",
    "source": "",
    "account": "acme",
    "metric": "api_request",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"response_status": "200", "bytes": "150"},
}


def test_as_documented() -> None:
    assert lines(ROW).format == "jsonl:flexprice"
    assert table(ROW).format == "csv:flexprice"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED


def test_its_source_is_a_property_since_only_its_id_names_an_event() -> None:
    for found in both({**ROW, "source": "api"}):
        assert (found.event.source, found.event.properties["source"].text) == ("", "api")


def test_without_an_id_and_by_the_system_s_own_customer_id() -> None:
    row = {
        **{key: ROW[key] for key in ROW if key not in ("event_id", "external_customer_id")},
        "customer_id": "c",
    }
    found = lines(row)
    assert found.format == "jsonl:flexprice"
    assert (found.event.id, found.event.account) == (None, "c")
