import json
from typing import Any

from tests.events.shapes.reading import both, lines, read, seen, table

ROW: dict[str, Any] = {
    "uid": "m-1",
    "meter": "storage",
    "account": "acme",
    "ts": "2026-10-01T12:30:00.500Z",
    "measure": {"gb": 12.5, "files": 3},
    "what": {"tier": "hot"},
    "where": {"region": "eu"},
    "who": {"user": "ada"},
}
EXPECTED = {
    "id": "m-1",
    "source": "",
    "account": "acme",
    "metric": "storage",
    "timestamp": "2026-10-01T12:30:00.500000Z",
    "properties": {
        "measure.gb": "12.5",
        "measure.files": "3",
        "what.tier": "hot",
        "where.region": "eu",
        "who.user": "ada",
    },
}


def test_as_documented_with_measures_as_properties_under_their_group() -> None:
    assert lines(ROW).format == "jsonl:m3ter"
    assert table(ROW).format == "csv:m3ter"
    for found in both(ROW):
        assert seen(found.event) == EXPECTED


def test_in_its_wrapper() -> None:
    data = json.dumps({"measurements": [ROW, ROW]})
    for name in ("u.json", "u.jsonl"):
        assert [seen(event) for event in read(data, name=name).events] == [EXPECTED, EXPECTED]
