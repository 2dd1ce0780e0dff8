"""What is done is done, also where nobody can be told of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")

ROOT = Path(__file__).parents[2]
FULL = "error: it is done, but the output could not be written: No space left on device; "


def into_the_full(home: Path, *arguments: str, errors: bool = False) -> tuple[int, str]:
    """Run a command whose output, or whose errors, go where there is no space."""
    full = os.open("/dev/full", os.O_WRONLY)
    done = subprocess.run(
        [sys.executable, "-m", "usagebill_tui", "--home", str(home), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE if errors else full,
        stderr=full if errors else subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(full)
    return done.returncode, done.stdout if errors else done.stderr


def test_an_import_and_a_bill_say_that_they_are_done(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("id,account,metric,timestamp\nm,acme,requests,2023-11-09\n")
    home = tmp_path / "home"
    for each in ((), ("--each",)):
        code, errors = into_the_full(home, "import", str(tmp_path / "more.csv"), *each)
        assert code == 3
        assert errors.startswith(FULL)
        assert errors.count("\n") == 1
    assert len(json.loads(filled("batches").out)) == 3
    code, errors = into_the_full(home, "bill", "2023-11")
    assert (code, errors.startswith(FULL)) == (3, True)
    assert len(json.loads(filled("invoices").out)) == 1


def test_what_only_reads_has_failed(filled: Command, tmp_path: Path) -> None:
    assert filled("batches").code == 0
    assert into_the_full(tmp_path / "home", "batches")[0] == 1


def test_rejects_that_cannot_be_told_change_no_exit_code(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("id,account,metric,timestamp\nm,acme,requests,yesterday\n")
    code, out = into_the_full(tmp_path / "home", "import", str(tmp_path / "more.csv"), errors=True)
    assert (code, json.loads(out)["rejected"]) == (3, 1)
    assert filled("rejects").code == 0
