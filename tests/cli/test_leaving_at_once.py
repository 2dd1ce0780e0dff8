"""The program ends without taking apart what it imported; nothing that has to be done at the end is lost."""

import subprocess
import sys

import pytest

SCRIPT = """
import atexit, sys, threading
from usagebill_tui.cli.main import run

atexit.register(print, "registered for the end")
BEFORE
sys.argv = ["usagebill", *sys.argv[1:]]
run()
"""
WORKER = """
def work():
    threading.main_thread().join()
    print("worked to the end")
threading.Thread(target=work).start()
"""


def ended(*arguments: str, before: str = "") -> tuple[int, list[str], str]:
    """Run the program as it is installed; return its exit code and what it said."""
    script = SCRIPT.replace("BEFORE", before)
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["nonsense"], 2)])
def test_what_is_registered_for_the_end_is_done_and_the_exit_code_is_kept(
    arguments: list[str], code: int
) -> None:
    left, lines, errors = ended(*arguments)

    assert left == code
    assert lines[-1] == "registered for the end"
    assert (errors == "") == (code == 0)


def test_whoever_still_works_is_waited_for() -> None:
    left, lines, _ = ended("--version", before=WORKER)

    assert left == 0
    assert lines[1:] == ["worked to the end", "registered for the end"]
