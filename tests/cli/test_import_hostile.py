"""Hostile files and names at the command line: one line, nothing stored, nothing that a terminal obeys."""

import gzip
import json
import os
from pathlib import Path
from threading import Thread

import pytest

from tests.cli.conftest import Command

ROW = '{"id":"%s","account":"acme","metric":"calls","timestamp":"2026-10-01T00:00:00Z"}\n'
EVIL = "\x1b]0;evil\x07[/]\u202e"


@pytest.mark.parametrize("form", ["table", "json", "jsonl"])
def test_control_characters_never_reach_the_terminal(usagebill: Command, form: str) -> None:
    rows = [
        {"id": EVIL, "account": EVIL, "metric": EVIL, "timestamp": "2026-10-01", EVIL: EVIL},
        {"id": EVIL, "account": EVIL, "metric": EVIL, "timestamp": EVIL},
    ]
    name = f"{EVIL}.jsonl".replace("/", "")
    Path(name).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    said = [
        usagebill("import", name, "--dry-run", "--format", form),
        usagebill("import", name, "--format", form),
    ]
    said += [usagebill(command, "--format", form) for command in ("events", "rejects", "batches", "audit")]
    for done in said:
        assert done.code in (0, 3), done.err
        for bad in ("\x1b", "\x07", "\u202e"):
            assert bad not in done.out
            assert bad not in done.err


def test_a_bad_file_leaves_nothing_behind(usagebill: Command, tmp_path: Path) -> None:
    assert usagebill("batches").out == "[]\n"
    before = sorted(path for path in (tmp_path / "home").rglob("*") if path.is_file())
    Path("bomb.csv.gz").write_bytes(gzip.compress(b" " * (100 << 20), 9))
    done = usagebill("import", "bomb.csv.gz")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: bomb.csv.gz: expands to more than 1,000 times its size; ")
    assert done.err.count("\n") == 1
    assert usagebill("batches").out == "[]\n"
    assert sorted(path for path in (tmp_path / "home").rglob("*") if path.is_file()) == before


def test_paths_are_only_read(usagebill: Command, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Path("events.jsonl").write_text(ROW % "../../x", encoding="utf-8")
    assert usagebill("import", "in/../events.jsonl").code == 0
    (batch,) = json.loads(usagebill("batches").out)
    assert batch["files"] == ["in/../events.jsonl"]
    assert not (tmp_path.parent / "x").exists()


def test_a_named_pipe_is_read_like_standard_input(usagebill: Command, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_bytes(gzip.compress((ROW % "x").encode())))
    writer.start()
    done = usagebill("import", str(pipe))
    writer.join()
    assert json.loads(done.out)["format"] == "jsonl"


def test_devices_are_one_error(usagebill: Command) -> None:
    done = usagebill("import", "/dev/zero", "--input-format", "csv")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "NUL byte" in done.err
    assert usagebill("import", "/dev/null", "--input-format", "csv").err.startswith(
        "error: /dev/null: is empty"
    )


def test_rejected_rows_can_be_mended_and_imported(usagebill: Command) -> None:
    Path("x.jsonl").write_text(ROW.replace("2026-10-01T", "2026-13-01T") % "a" + ROW % "b", encoding="utf-8")
    assert usagebill("import", "x.jsonl").code == 3
    assert usagebill("rejects", "1", "--out", "mend.jsonl").code == 0
    mended = Path("mend.jsonl").read_text(encoding="utf-8").replace("2026-13", "2026-12")
    Path("mend.jsonl").write_text(mended, encoding="utf-8")
    assert json.loads(usagebill("import", "mend.jsonl").out)["accepted"] == 1
    assert len(json.loads(usagebill("events").out)) == 2


@pytest.mark.parametrize(("row", "hinted"), [('{"id": "a"}', True), ('{"id": "a"', False)])
def test_where_fields_stand_is_hinted_at_where_fields_are_missing(
    usagebill: Command, row: str, *, hinted: bool
) -> None:
    Path("a.jsonl").write_text(row + "\n", encoding="utf-8")

    done = usagebill("import", "a.jsonl")

    assert done.code == 3
    assert ("say where the fields are" in done.err) == hinted


def test_one_number_that_was_rounded_is_one(usagebill: Command) -> None:
    row = ROW.replace("}\n", ',"properties":{"n":1e-19}}\n') % "a"
    Path("a.jsonl").write_text(row, encoding="utf-8")

    assert "1 number had over 18 digits after the point and was rounded" in usagebill("import", "a.jsonl").err
