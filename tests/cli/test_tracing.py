"""`usagebill explain --event`: from an event to every invoice."""

import json

from tests.cli.conftest import Command


def test_an_event_names_the_invoice_lines_that_it_touched(filled: Command) -> None:
    assert filled("bill", "2023-11", "--finalize").code == 0
    event = json.loads(filled("events", "--metric", "storage", "--limit", "1", "--format", "json").out)[0]
    result = filled("explain", "--event", event["id"], "--format", "json")
    (row,) = json.loads(result.out)
    assert {key: row[key] for key in event} == event
    told = ("INV-0001", "final", 2, "counted", None)
    assert tuple(row[key] for key in ("invoice", "status", "line", "how", "settled_by")) == told
    assert (row["amount"], row["currency"]) == ("1.25", "USD")
    lines = filled("explain", "--event", event["id"], "--source", "", "--format", "csv").out.splitlines()
    assert len(lines) == 2


def test_wrong_calls_say_what_to_write(filled: Command) -> None:
    assert filled("explain").err == (
        "error: nothing to explain is named; write usagebill explain INV-0001, or --event ID\n"
    )
    assert filled("explain", "INV-0001", "--event", "e1").code == 2
    unknown = filled("explain", "--event", "nobody's")
    assert (unknown.code, unknown.err.count("\n")) == (4, 1)
