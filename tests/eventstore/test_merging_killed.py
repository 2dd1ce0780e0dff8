"""A process that is killed while it merges: its import is in, and what it left is found and removed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.eventstore.stores import contents, deliver, event, new_store
from usagebill_tui.eventstore.parquet import merging
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import KINDS, segments

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")

ROOT = Path(__file__).parents[2]
SCRIPT = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from tests.eventstore import stores
from usagebill_tui.eventstore.parquet import merging
from usagebill_tui.store.audit import Author
merging.MEMBERS = 2
folder, name, days = sys.argv[1:]
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(merging, name, die)
stores.AUTHOR = Author("tester", stores.AUTHOR.at + timedelta(days=int(days)))
stores.deliver(stores.open_store(Path(folder)), [stores.event("late", 3, n=3)])
"""


@pytest.mark.parametrize(
    ("name", "days"), [("write_segment", 0), ("list_merged", 0), ("give_up_files", 2), ("suppress", 2)]
)
def test_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, days: int) -> None:
    store = new_store(tmp_path)
    monkeypatch.setattr(merging, "MEMBERS", 2)
    for place in range(3):
        deliver(store, [event(f"e{place}", place, n=1)])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), name, str(days)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    expected = {("", one) for one in ("e0", "e1", "e2", "late")}
    assert (set(contents(store)), list(store.verify())) == (expected, [])
    store.unlisted(remove=True)
    deliver(store, [event("last", 9, n=9)])
    with reading(store.engine) as session:
        assert sum(s.rows for s in segments(session, KINDS, store.snapshot())) == len(expected) + 1
    assert (set(contents(store)), store.unlisted()) == (expected | {("", "last")}, [])
