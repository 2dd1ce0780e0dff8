"""How `usagebill import` is told to read files."""

import gzip
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

ROW = '{"id":"%s","account":"acme","metric":"calls","timestamp":"2026-10-01T00:00:00Z"}\n'


def _write(name: str, text: str, encoding: str = "utf-8") -> None:
    Path(name).write_bytes(text.encode(encoding))


def test_several_files_and_patterns_are_one_batch(usagebill: Command) -> None:
    for name in ("a1", "a2", "b"):
        _write(f"{name}.jsonl", ROW % name)
    report = json.loads(usagebill("import", "a?.jsonl", "b.jsonl").out)
    assert (report["batch"], report["read"], report["accepted"]) == (1, 3, 3)
    (batch,) = json.loads(usagebill("batches").out)
    assert batch["files"] == ["a1.jsonl", "a2.jsonl", "b.jsonl"]


def test_patterns_reach_into_folders(usagebill: Command) -> None:
    Path("in/deep").mkdir(parents=True)
    _write("in/deep/x.jsonl", ROW % "x")
    assert json.loads(usagebill("import", "in/**/*.jsonl").out)["accepted"] == 1


def test_a_file_may_be_called_like_a_pattern(usagebill: Command) -> None:
    _write("x[1].jsonl", ROW % "x")
    assert json.loads(usagebill("import", "x[1].jsonl").out)["accepted"] == 1


def test_a_pattern_that_fits_nothing_is_one_line(usagebill: Command) -> None:
    done = usagebill("import", "night-*.jsonl")
    assert (done.code, done.out) == (4, "")
    assert done.err == "error: night-*.jsonl: no file fits this pattern; check the folder and the pattern\n"


def test_one_bad_file_of_several_stores_nothing(usagebill: Command) -> None:
    _write("good.jsonl", ROW % "x")
    Path("bad.jsonl.gz").write_bytes(gzip.compress((ROW % "y").encode())[:-3])
    done = usagebill("import", "good.jsonl", "bad.jsonl.gz")
    assert done.code == 1
    assert "bad.jsonl.gz: the gzip data ends too early" in done.err
    assert json.loads(usagebill("events").out) == []


def test_standard_input_is_read_once(usagebill: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    data = gzip.compress((ROW % "x").encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    report = json.loads(usagebill("import", "-").out)
    assert (report["format"], report["accepted"]) == ("jsonl", 1)
    assert usagebill("import", "-", "-").err == "error: standard input is named twice; name - once\n"


def test_dialects_and_encodings(usagebill: Command) -> None:
    header = "id;account;metric;timestamp;note\n"
    _write("de.csv", header + "1;acme;calls;2026-10-01;'Größe; 1'\n", "cp1252")
    options = ("--delimiter", ";", "--quote", "'", "--encoding", "windows-1252")
    assert json.loads(usagebill("import", "de.csv", *options).out)["accepted"] == 1
    (event,) = json.loads(usagebill("events").out)
    assert event["properties"] == {"note": "Größe; 1"}


def test_the_encoding_is_never_guessed(usagebill: Command) -> None:
    _write("de.csv", "account,metric,timestamp\nGröße,calls,2026-10-01\n", "cp1252")
    assert (
        "line 2 is not UTF-8 (byte 0xf6); say how it is written, such as --encoding"
        in usagebill("import", "de.csv").err
    )
    assert (
        "de.csv: line 2 is not ascii (byte 0xf6)" in usagebill("import", "de.csv", "--encoding", "ascii").err
    )
    assert usagebill("import", "de.csv", "--encoding", "klingon").code == 2


def test_the_report_names_the_shape_and_input_format_overrules_it(usagebill: Command) -> None:
    lago = {
        "transaction_id": "t1",
        "external_subscription_id": "acme",
        "code": "calls",
        "timestamp": "1790812800.5",
        "properties": {"gb": "1.5"},
    }
    _write("lago.jsonl", json.dumps(lago))
    assert json.loads(usagebill("import", "lago.jsonl").out)["format"] == "jsonl:lago"
    (event,) = json.loads(usagebill("events").out)
    assert (event["id"], event["account"], event["metric"]) == ("t1", "acme", "calls")
    assert event["timestamp"] == "2026-10-01T00:00:00.5Z"
    refused = usagebill("import", "lago.jsonl", "--input-format", "usagebill", "--again")
    assert (refused.code, json.loads(refused.out)["rejected"]) == (3, 1)
    assert "account is missing" in refused.err


def test_times_that_a_clock_shows_twice_or_never(usagebill: Command) -> None:
    rows = ("2026-10-25 02:30:00", "2026-03-29 02:30:00")
    _write("t.csv", "account,metric,timestamp\n" + "".join(f"a,m,{row}\n" for row in rows))
    zone = ("--timezone", "Europe/Berlin")
    refused = usagebill("import", "t.csv", *zone)
    assert refused.code == 3
    assert "exists twice in Europe/Berlin" in refused.err
    assert "or say --ambiguous-time" in refused.err
    assert "does not exist in Europe/Berlin" in refused.err
    assert "or say --nonexistent-time" in refused.err
    chosen = ("--ambiguous-time", "later", "--nonexistent-time", "earlier")
    # The same bytes read in another way are never taken without a word.
    assert usagebill("import", "t.csv", *zone, *chosen).code == 5
    assert usagebill("batches", "undo", "1").code == 0
    assert usagebill("import", "t.csv", *zone, *chosen).code == 0
    times = [event["timestamp"] for event in json.loads(usagebill("events").out)]
    assert times == ["2026-03-29T00:30:00Z", "2026-10-25T01:30:00Z"]


OPTIONS = [
    ("--delimiter", ";"),
    ("--quote", "'"),
    ("--encoding", "latin-1"),
    ("--ambiguous-time", "later"),
    ("--nonexistent-time", "later"),
    ("--input-format", "usagebill"),
    ("--time-unit", "ms"),
    ("--id-from", "account"),
]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option[0])
def test_every_option_that_changes_how_rows_are_read_makes_it_another_reading(
    usagebill: Command, option: tuple[str, str]
) -> None:
    _write("t.csv", "account,metric,timestamp\na,m,2026-10-25\n")
    assert usagebill("import", "t.csv").code == 0
    done = usagebill("import", "t.csv", *option)
    assert done.code in ({1, 5} if option[0] == "--delimiter" else {5}), done.err
    assert len(json.loads(usagebill("events").out)) == 1


def test_a_dry_run_shows_the_first_rows_as_they_would_be_stored(usagebill: Command) -> None:
    rows = [f"a,m,2026-10-01T00:00:00Z,{n // 2}" for n in range(14)]
    _write("t.csv", "account,metric,timestamp,gb\n" + "\n".join([*rows, "a,,,"]))
    tried = json.loads(usagebill("import", "t.csv", "--dry-run").out)
    assert {key: tried[key] for key in ("batch", "read", "accepted", "rejected")} == {
        "batch": None,
        "read": 15,
        "accepted": 14,
        "rejected": 1,
    }
    assert len(tried["first"]) == 10
    assert json.loads(usagebill("events").out) == []
    assert "first" not in json.loads(usagebill("import", "t.csv").out)
    stored = {event["id"]: event for event in json.loads(usagebill("events").out)}
    for event in tried["first"]:
        assert {**event, "batch": 1} == stored[event["id"]]


def test_a_dry_run_in_a_table(usagebill: Command) -> None:
    _write("t.jsonl", ROW % "e1")
    lines = usagebill("import", "t.jsonl", "--dry-run", "--format", "table").out.splitlines()
    assert lines[2].split() == ["Read", "1"]
    assert lines[-1].split() == ["2026-10-01T00:00:00Z", "acme", "calls", "e1"]
