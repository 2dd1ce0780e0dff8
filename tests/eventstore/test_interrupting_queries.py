"""Ctrl-C on a real process whose query would never end."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from usagebill_tui.eventstore.parquet.connection import connected

ROOT = Path(__file__).parents[2]
QUERY = """
import sys
from pathlib import Path
from usagebill_tui.eventstore.parquet.connection import connected

def tidy_up():
    print("tidied up", flush=True)

with connected([Path(sys.argv[1])]) as connection:
    try:
        print("ready", flush=True)
        connection.execute(sys.argv[2])
    except BaseException:
        tidy_up()
        raise
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize(
    "query",
    [
        "SELECT hash(a.range) AS x FROM range(100000000000) a ORDER BY x",
        # One task of DuckDB's that comes back to Python after minutes.
        "SELECT sum(hash(a.range) % 7) FROM range(1000000) a, range(1000000) b",
    ],
)
def test_ctrl_c_ends_a_query_as_it_ends_python(tmp_path: Path, query: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", QUERY, str(tmp_path), query],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert out == "tidied up\n"
    assert "KeyboardInterrupt" in errors.splitlines()[-1]


def test_connections_work_in_any_thread_and_one_inside_another(tmp_path: Path) -> None:
    found: list[object] = []

    def ask() -> None:
        with connected([tmp_path]) as outer, connected([tmp_path]) as inner:
            found.extend(outer.execute("SELECT $1", [1]).fetchall())
            found.extend(inner.execute("SELECT 2").fetchall())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    ask()
    assert found == [(1,), (2,), (1,), (2,)]
    assert signal.set_wakeup_fd(-1) == -1
