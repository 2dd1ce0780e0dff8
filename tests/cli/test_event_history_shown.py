"""What `replace` and `undo` did stays visible: in `events --history` and behind an invoice."""

import json
from pathlib import Path

from tests.cli.conftest import Command


def write(name: str, gb: str) -> None:
    Path(name).write_text(f"id,account,metric,timestamp,gb\ne4,acme,storage,2023-11-05T10:00:00Z,{gb}\n")


def test_each_event_comes_with_its_versions(filled: Command) -> None:
    write("more.csv", "20")
    assert filled("import", "more.csv", "--on-conflict", "replace").code == 0
    rows = json.loads(filled("events", "--history", "--metric", "storage").out)
    assert [(row["id"], row["properties"]["gb"], row["batch"], row["status"], row["by"]) for row in rows] == [
        ("e4", "12.5", 1, "replaced", 2),
        ("e4", "20", 2, "counts", None),
    ]
    assert "status" not in json.loads(filled("events").out)[0]
    table = filled("events", "--history", "--format", "table").out.splitlines()
    assert table[0].split()[-3:] == ["Batch", "Status", "By"]
    assert table[-2].split()[-3:] == ["1", "replaced", "2"]


def test_the_limit_is_of_events(filled: Command) -> None:
    write("more.csv", "20")
    assert filled("import", "more.csv").code == 3
    done = filled("events", "--history", "--limit", "1", "--metric", "storage")
    assert [row["status"] for row in json.loads(done.out)] == ["counts", "conflict"]
    assert done.err == ""
    done = filled("events", "--history", "--limit", "3")
    assert len(json.loads(done.out)) == 3
    assert done.err == "the first 3 only; --limit shows more\n"


def test_an_invoice_tells_which_events_do_not_count_any_more(filled: Command) -> None:
    assert filled("bill", "2023-11", "--finalize").code == 0
    listing = ("explain", "INV-0001", "--line", "2", "--events")
    (event,) = json.loads(filled(*listing, "--format", "json").out)["lines"][0]["event_list"]
    assert (event["id"], event["since"]) == ("e4", None)
    write("more.csv", "20")
    assert filled("import", "more.csv", "--on-conflict", "replace").code == 0
    (event,) = json.loads(filled(*listing, "--format", "json").out)["lines"][0]["event_list"]
    assert event["since"] == {"status": "replaced", "by": 2}
    assert event["properties"] == {"gb": "12.5"}
    last = filled(*listing, "--format", "table").out.splitlines()[-1]
    assert last.endswith("gb=12.5  (replaced since by batch 2)")
    assert filled("batches", "undo", "2").code == 0
    last = filled(*listing, "--format", "table").out.splitlines()[-1]
    assert last.endswith("(replaced since by batch 2)")


def test_json_lines_have_a_history_too(usagebill: Command) -> None:
    start = '{"id":"a","account":"acme","metric":"calls","timestamp":"2026-10-01T00:00:00Z"'
    for n, conflict in enumerate(("keep-first", "replace", "keep-first"), 1):
        Path(f"{n}.jsonl").write_text(f'{start},"properties":{{"n":{n}}}}}\n')
        assert usagebill("import", f"{n}.jsonl", "--on-conflict", conflict).code in {0, 3}
    rows = json.loads(usagebill("events", "--history").out)
    assert [(row["properties"]["n"], row["status"], row["by"]) for row in rows] == [
        ("1", "replaced", 2),
        ("2", "counts", None),
        ("3", "conflict", None),
    ]
