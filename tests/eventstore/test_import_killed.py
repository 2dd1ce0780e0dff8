"""A process that is killed in the middle: the store reads as before, and doing it again completes it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.eventstore.stores import AUTHOR, contents, deliver, event, new_store
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import batches

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")

ROOT = Path(__file__).parents[2]
OLD = [event(name, 1, n=1) for name in "abc"]
NEW = [event(name, 1, n=2) for name in "abcde"]
SCRIPT = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from tests.eventstore.stores import AUTHOR, deliver, open_store
from tests.eventstore.test_import_killed import NEW
folder, module, name, work = sys.argv[1:]
store = open_store(Path(folder))
owner = import_module(module)
original = getattr(owner, name)
def die(*args, **kwargs):
    if name == "add_batch":
        original(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, die)
store.undo(1, AUTHOR) if work == "undo" else deliver(store, NEW, on_conflict="replace")
"""
PARQUET = "usagebill_tui.eventstore.parquet"


@pytest.fixture(name="store")
def store_with_a_batch(tmp_path: Path) -> ParquetEventStore:
    store = new_store(tmp_path)
    deliver(store, OLD)
    return store


@pytest.mark.parametrize(
    ("module", "name", "work"),
    [
        (f"{PARQUET}.importing", "decide", "import"),
        (f"{PARQUET}.files", "digest_of", "import"),
        (f"{PARQUET}.importing", "add_batch", "import"),
        (f"{PARQUET}.store", "add_batch", "undo"),
    ],
)
def test_killed(store: ParquetEventStore, tmp_path: Path, module: str, name: str, work: str) -> None:
    before = (store.snapshot(), contents(store))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), module, name, work],
        cwd=ROOT,
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (store.snapshot(), contents(store)) == before
    FileLock(store.folder / ".import.lock").acquire(timeout=0).lock.release()
    if work == "undo":
        store.undo(1, AUTHOR)
        assert contents(store) == {}
    else:
        deliver(store, NEW, on_conflict="replace")
        assert contents(store) == {("", e.id): e.content for e in NEW}
    with reading(store.engine) as session:
        assert [batch.seq for batch in batches(session)] == [1, 2]
