"""`usagebill watch`: what it prints, and how real processes of it stop."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command

ROW = '{"id":"%s","account":"acme","metric":"calls","timestamp":"2026-10-01T00:00:00Z"}\n'
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text(ROW % "a")


def test_once_shows_what_import_each_shows_and_where_files_are(usagebill: Command, tmp_path: Path) -> None:
    (tmp_path / "in" / "b.txt").write_text("?")
    done = usagebill("watch", "in", "--once", "--settle", "0")
    assert done.code == 3
    rows = json.loads(done.out)
    assert [(row["outcome"], row["batch"], row["accepted"], row["moved_to"]) for row in rows] == [
        ("done", 1, 1, "in/done/a.jsonl"),
        ("failed", None, None, "in/failed/b.txt"),
    ]
    assert done.err.startswith("failed: in/b.txt: ")
    assert usagebill("watch", "in", "--once", "--settle", "0").out == "[]\n"


def test_once_ends_with_1_where_all_failed(usagebill: Command, tmp_path: Path) -> None:
    (tmp_path / "in" / "a.jsonl").rename(tmp_path / "in" / "a.txt")
    assert usagebill("watch", "in", "--once", "--settle", "0").code == 1


def test_it_reads_as_a_mapping_says(usagebill: Command, tmp_path: Path) -> None:
    (tmp_path / "in" / "a.jsonl").unlink()
    for name in ("first.csv", "in/second.csv"):
        (tmp_path / name).write_text(f"who,when\n{Path(name).stem},2026-10-01\n")
    reading = ("--map", "account=who", "--map", "timestamp=when", "--set", "metric=calls")
    assert usagebill("import", "first.csv", *reading, "--save-mapping", "night").code == 0
    assert usagebill("watch", "in", "--once", "--settle", "0", "--mapping", "night").code == 0
    assert [event["account"] for event in json.loads(usagebill("events").out)] == ["first", "second"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere", "--once"), 4, "there is no such folder"),
        (("in", "--save-mapping", "x"), 2, "watch saves no mapping"),
        (("in", "--format", "json"), 2, "use jsonl"),
        (("in", "--once", "--mapping", "x"), 4, "'x'"),
        (("in", "--once", "--input-format", "x"), 2, "unknown input format"),
    ],
)
def test_wrong_calls(usagebill: Command, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = usagebill("watch", *arguments)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert Path("in/a.jsonl").exists()


def started(tmp_path: Path, *options: str) -> "subprocess.Popen[str]":
    home = ("--home", str(tmp_path / "home"))
    return subprocess.Popen(
        [sys.executable, "-m", "usagebill_tui", *home, "watch", str(tmp_path / "in"), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def first_lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("number", "code", "says"),
    [
        (signal.SIGINT, 130, "error: interrupted; nothing is half-done"),
        (signal.SIGTERM, 0, "stopped; nothing is half-done"),
    ],
)
def test_it_tells_of_each_file_at_once_and_stops_when_told(
    tmp_path: Path, number: signal.Signals, code: int, says: str
) -> None:
    process = started(tmp_path, "--settle", "0", "--format", "csv")
    lines = first_lines(process)
    assert next(lines).startswith("file,outcome,batch,format,read,")
    assert next(lines).split(",")[1:6] == ["done", "1", "jsonl", "1", "1"]
    process.send_signal(number)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, rest, errors.strip()) == (code, "", says)
    assert not (tmp_path / "in" / "a.jsonl").exists()
    assert not list((tmp_path / "home" / "production" / "events" / "staging").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_the_second_watcher_of_a_folder_says_so(tmp_path: Path) -> None:
    first = started(tmp_path, "--settle", "0", "--format", "table")
    shown = next(first_lines(first))
    assert shown == f"{tmp_path / 'in' / 'a.jsonl'}  done  batch 1: 1 read, 1 accepted\n"
    second = started(tmp_path, "--once")
    out, errors = second.communicate(timeout=60)
    assert (second.returncode, out) == (1, "")
    assert "another usagebill watches it; let it do its work, or stop it first" in errors
    first.terminate()
    first.communicate(timeout=60)
    assert first.returncode == 0
