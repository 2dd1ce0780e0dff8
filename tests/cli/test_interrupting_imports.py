"""Ctrl-C on real processes that import: exit code 130, nothing half-done, and it can be done again."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
from filelock import FileLock

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")

ROW = '{"id":"%s","account":"acme","metric":"calls","timestamp":"2026-10-01T00:00:00Z"}\n'
ROOT = Path(__file__).parents[2]
TELLING_AT_ONCE = """
import sys
from usagebill_tui.cli import progress
from usagebill_tui.cli.main import run
progress.LINE_SECONDS = 0
run(sys.argv[1:])
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home into which one event was imported."""
    (tmp_path / "first.jsonl").write_text(ROW % "first")
    assert finished(tmp_path / "home", "import", str(tmp_path / "first.jsonl"))[0] == 0
    return tmp_path / "home"


def started(home: Path, *arguments: str, python: tuple[str, ...]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    command = [sys.executable, *python, "--home", str(home), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def finished(home: Path, *arguments: str) -> tuple[int, str]:
    process = started(home, *arguments, python=("-m", "usagebill_tui"))
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


def interrupted(process: "subprocess.Popen[str]") -> str:
    """Send Ctrl-C; return what the process then said last."""
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    return errors.splitlines()[-1]


def check_untouched(home: Path) -> None:
    code, out = finished(home, "batches")
    assert (code, len(json.loads(out))) == (0, 1)
    events = home / "production" / "events"
    assert list((events / "staging").iterdir()) == []
    assert not (events / ".import.holder").exists()
    FileLock(events / ".import.lock").acquire(timeout=0).lock.release()


def test_while_rows_are_read(home: Path) -> None:
    process = started(home, "import", "-", python=("-c", TELLING_AT_ONCE))
    assert process.stdin is not None
    assert process.stderr is not None
    feeding = threading.Thread(target=feed, args=[process.stdin])
    feeding.start()
    assert " rows · " in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    feeding.join(60)
    process.stdin = None
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert errors.splitlines()[-1] == "error: interrupted; nothing is half-done"
    check_untouched(home)


def feed(stream: IO[str]) -> None:
    """Write events, more than anybody reads before the signal comes."""
    with suppress(OSError), stream:
        for number in range(5_000_000):
            stream.write(ROW % number)


def test_while_it_waits_for_another_import(home: Path, tmp_path: Path) -> None:
    (tmp_path / "second.jsonl").write_text(ROW % "second")
    lock = FileLock(home / "production" / "events" / ".import.lock")
    with lock.acquire():
        process = started(home, "import", str(tmp_path / "second.jsonl"), python=("-m", "usagebill_tui"))
        assert process.stderr is not None
        assert process.stderr.readline().startswith("waiting for another import to be stored")
        assert interrupted(process) == "error: interrupted; nothing is half-done"
    check_untouched(home)
    code, out = finished(home, "import", str(tmp_path / "second.jsonl"))
    assert (code, json.loads(out)["accepted"]) == (0, 1)
