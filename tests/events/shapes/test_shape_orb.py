from typing import Any

from tests.events.shapes.reading import both, lines, seen, table

ROW: dict[str, Any] = {
    "idempotency_key": "key-1",
    "external_customer_id": "acme",
    "event_name": "api_call",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"bytes": 10, "cached": True},
}
EXPECTED = {
    "id": "key-1",
    "source": "",
    "account": "acme",
    "metric": "api_call",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"bytes": "10", "cached": "true"},
}


def test_as_documented() -> None:
    assert table(ROW).format == "csv:orb"
    found = lines(ROW)
    assert found.format == "jsonl:orb"
    assert seen(found.event) == EXPECTED
    assert [seen(event) for event in lines({"events": [ROW, ROW]}).events] == [EXPECTED, EXPECTED]


def test_the_system_s_own_customer_id_where_there_is_no_other() -> None:
    row = {**{key: ROW[key] for key in ROW if key != "external_customer_id"}, "customer_id": "orb_1"}
    for found in both(row):
        assert found.format.endswith(":orb")
        assert found.event.account == "orb_1"
    event = lines({**row, "external_customer_id": "acme"}).event
    assert (event.account, event.properties["customer_id"].text) == ("acme", "orb_1")
