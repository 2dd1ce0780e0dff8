"""`usagebill import --each`: a batch and an outcome for every file."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from usagebill_tui.workspace import Workspace

ROW = '{"id":"%s","account":"acme","metric":"calls","timestamp":"2026-10-01T00:00:00Z"}\n'


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text(ROW % "a1" + ROW % "a2")
    Path("partly.jsonl").write_text(ROW % "p1" + "{}\n")
    Path("z.jsonl").write_text(ROW % "z1" + ROW % "a1")


def outcomes(text: str) -> list[list[Any]]:
    keys = ("file", "outcome", "batch", "read", "accepted", "duplicates", "rejected")
    return [[row[key] for key in keys] for row in json.loads(text)]


def test_a_bad_file_costs_only_itself(usagebill: Command) -> None:
    done = usagebill("import", "--each", "a.jsonl", "nowhere.csv", "z.jsonl")
    assert done.code == 3
    assert outcomes(done.out) == [
        ["a.jsonl", "done", 1, 2, 2, 0, 0],
        ["nowhere.csv", "failed", None, None, None, None, None],
        ["z.jsonl", "done", 2, 2, 1, 1, 0],
    ]
    rows = json.loads(done.out)
    assert [row["error"] for row in rows] == [
        None,
        "nowhere.csv: there is no such file; check the path",
        None,
    ]
    assert [row["format"] for row in rows] == ["jsonl", None, "jsonl"]
    assert done.err == "failed: nowhere.csv: there is no such file; check the path\n"
    assert [batch["files"] for batch in json.loads(usagebill("batches").out)] == [["a.jsonl"], ["z.jsonl"]]


def test_rejected_rows_are_done_in_part(usagebill: Command) -> None:
    done = usagebill("import", "--each", "partly.jsonl", "z.jsonl")
    assert done.code == 3
    assert [row[1] for row in outcomes(done.out)] == ["partly", "done"]
    assert "rejected: partly.jsonl, line 2" in done.err


def test_all_good_and_all_bad(usagebill: Command) -> None:
    assert usagebill("import", "--each", "a.jsonl", "z.jsonl").code == 0
    done = usagebill("import", "--each", "nowhere.csv", "neither.csv")
    assert done.code == 1
    assert [row[1] for row in outcomes(done.out)] == ["failed", "failed"]


def test_limits_hold_for_each_file(usagebill: Command) -> None:
    done = usagebill(
        "import", "--each", "--expect-rows", "2", "--max-rejects", "0", "a.jsonl", "partly.jsonl"
    )
    assert done.code == 3
    assert [row[1] for row in outcomes(done.out)] == ["done", "failed"]
    assert len(json.loads(usagebill("batches").out)) == 1
    assert usagebill("import", "--each", "--expect-rows", "3", "a.jsonl", "z.jsonl").code == 1


def test_a_dry_run_counts_each_file_and_stores_none(usagebill: Command) -> None:
    done = usagebill("import", "--each", "--dry-run", "a.jsonl", "nowhere.csv")
    assert done.code == 3
    assert outcomes(done.out)[0] == ["a.jsonl", "done", None, 2, 2, 0, 0]
    rows = json.loads(done.out)
    assert [event["id"] for event in rows[0]["first"]] == ["a1", "a2"]
    assert json.loads(usagebill("batches").out) == []


def test_the_table_shows_the_same(usagebill: Command) -> None:
    lines = usagebill("import", "--each", "a.jsonl", "nowhere.csv", "--format", "table").out.splitlines()
    assert lines[0].split() == [
        *("File", "Outcome", "Batch", "Format", "Read", "Accepted", "Duplicates"),
        *("Conflicts", "Rejected", "Rounded", "Error"),
    ]
    assert lines[2].split() == ["a.jsonl", "done", "1", "jsonl", "2", "2", "0", "0", "0", "0", "–"]
    assert lines[3].split()[:4] == ["nowhere.csv", "failed", "–", "–"]
    assert lines[3].endswith("nowhere.csv: there is no such file; check the path")


def test_a_wrong_call_is_one_for_all_files(usagebill: Command) -> None:
    done = usagebill("import", "--each", "a.jsonl", "z.jsonl", "--map", "acount=x")
    assert (done.code, done.out) == (2, "")
    assert json.loads(usagebill("batches").out) == []


def test_a_mapping_is_saved_where_some_file_was_read_by_it(usagebill: Command) -> None:
    saving = ("--set", "source=night", "--save-mapping")
    assert usagebill("import", "--each", "nowhere.csv", *saving, "unused").code == 1
    assert usagebill("import", "--each", "nowhere.csv", "a.jsonl", *saving, "night").code == 3
    assert [row["name"] for row in json.loads(usagebill("mappings").out)] == ["night"]


def test_interrupted_it_tells_of_what_was_done(usagebill: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Workspace.import_each

    def interrupted(*arguments: Any) -> Any:
        yield next(original(*arguments))
        raise KeyboardInterrupt

    monkeypatch.setattr(Workspace, "import_each", interrupted)
    done = usagebill("import", "--each", "a.jsonl", "z.jsonl")
    assert done.code == 130
    assert [row[:2] for row in outcomes(done.out)] == [["a.jsonl", "done"]]
    assert done.err.lstrip() == "error: interrupted; nothing is half-done\n"
