from typing import Any

from tests.events.shapes.reading import both, lines, seen, table
from usagebill_tui.events.types import Options

ROW: dict[str, Any] = {
    "specversion": "1.0",
    "id": "5c10fade-1c9e-4d6c-8275-c52c36731d3c",
    "source": "my-service",
    "type": "prompt",
    "subject": "customer-1",
    "time": "2026-10-01T12:30:00Z",
    "datacontenttype": "application/json",
    "data": {"tokens": "25", "model": "large"},
}
EXPECTED = {
    "id": "5c10fade-1c9e-4d6c-8275-c52c36731d3c",
    "source": "my-service",
    "account": "customer-1",
    "metric": "prompt",
    "timestamp": "2026-10-01T12:30:00Z",
    "properties": {"tokens": "25", "model": "large"},
}


def test_as_documented() -> None:
    assert lines(ROW).format == "jsonl:cloudevents"
    assert table(ROW).format == "csv:cloudevents"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED


def test_openmeter_is_another_name_for_it() -> None:
    for name in ("openmeter", "cloudevents", "jsonl:openmeter"):
        assert seen(lines(ROW, options=Options(input_format=name)).event) == EXPECTED


def test_without_the_version_it_is_known_by_subject_type_and_time() -> None:
    row = {key: value for key, value in ROW.items() if key != "specversion"}
    assert seen(lines(row).event) == EXPECTED


def test_extension_attributes_are_properties_beside_the_data() -> None:
    assert lines({**ROW, "region": "eu"}).event.properties["region"].text == "eu"


def test_data_may_be_missing_or_the_text_of_an_object_but_nothing_else() -> None:
    assert lines({**ROW, "data": None}).event.properties == {}
    assert seen(lines({**ROW, "data": '{"tokens":"25","model":"large"}'}).event) == EXPECTED
    assert lines({**ROW, "data": [1]}).reasons == ["data is not an object"]
    assert lines({**ROW, "data": "hello"}).reasons[0].startswith("data cannot be read: broken JSON")


def test_one_id_from_two_sources_is_two_events() -> None:
    found = lines(ROW, {**ROW, "source": "other"})
    assert [(event.source, event.id) for event in found.events] == [
        ("my-service", ROW["id"]),
        ("other", ROW["id"]),
    ]
