"""Several processes import while others read and bill: no error anybody sees, no event lost or doubled."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CATALOGUE, Command

ROOT = Path(__file__).parents[2]
IMPORTERS, FILES, EACH, STEP = 3, 3, 10, 5
READERS = [
    ("usage", "--from", "2023-11-01", "--to", "2023-12-01"),
    ("bill", "2023-11"),
    ("bill", "2023-11", "--dry-run"),
    ("events", "--limit", "1000"),
    ("verify",),
    ("estimate", "--at", "2023-11-20"),
]


def started(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "usagebill_tui", "--home", str(home), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def names(tmp_path: Path) -> list[list[str]]:
    """Files for each importer; half of what is in one is in the next one too."""
    files = []
    for number in range(IMPORTERS * FILES):
        events = range(number * STEP, number * STEP + EACH)
        lines = "".join(f"e{k},acme,requests,2023-11-{1 + k % 28:02}T00:00:00Z\n" for k in events)
        path = tmp_path / f"{number:02}.csv"
        path.write_text(f"id,account,metric,timestamp\n{lines}")
        files.append(str(path))
    return [files[first::IMPORTERS] for first in range(IMPORTERS)]


def test_imports_readers_and_bills_at_once(
    usagebill: Command, tmp_path: Path, names: list[list[str]]
) -> None:
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    assert usagebill("catalog", "apply", "catalogue.toml").code == 0
    home = tmp_path / "home"
    importing = [started(home, "import", "--each", *files) for files in names]
    reading = [started(home, *arguments) for arguments in READERS]
    told = []
    for process in [*importing, *reading]:
        out, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        assert "error" not in errors
        told.append(json.loads(out))
    counts = [row for rows in told[:IMPORTERS] for row in rows]
    every = (IMPORTERS * FILES - 1) * STEP + EACH
    assert sum(row["accepted"] for row in counts) == every
    assert sum(row["duplicates"] for row in counts) == IMPORTERS * FILES * EACH - every
    assert sorted(row["batch"] for row in counts) == list(range(1, IMPORTERS * FILES + 1))
    events = json.loads(usagebill("events", "--limit", "1000").out)
    assert sorted(event["id"] for event in events) == sorted(f"e{k}" for k in range(every))
    usage = json.loads(usagebill("usage", "--metric", "requests", *READERS[0][1:]).out)
    assert [(row["units"], row["events"]) for row in usage] == [(str(every), every)]
    assert usagebill("verify").code == 0
    (invoice,) = json.loads(usagebill("bill", "2023-11", "--finalize").out)
    assert invoice["lines"][0]["units"] == str(every)
    assert len(json.loads(usagebill("invoices").out)) == 1
    assert not list((home / "production" / "events" / "staging").iterdir())
