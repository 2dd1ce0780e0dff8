"""Two imports at once on one workspace: no event doubled, none lost."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.eventstore.stores import AUTHOR, contents, event, new_store, open_store
from usagebill_tui.domain.event import Chunk
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import Delivery, Outcome
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import BatchFile, batches

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
from tests.eventstore.stores import deliver, event, open_store
store, first = open_store(Path(sys.argv[1])), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for start in range(first, first + 20, 5):
    deliver(store, [event(f"e{k}", k) for k in range(start, start + 10)])
"""


@pytest.fixture(name="store")
def empty_store(tmp_path: Path) -> ParquetEventStore:
    return new_store(tmp_path)


def test_two_threads_that_have_both_staged(store: ParquetEventStore, tmp_path: Path) -> None:
    staged = threading.Barrier(2)

    def run(first: int) -> Outcome:
        mine = open_store(tmp_path)
        under_way = mine.start_import()
        try:
            under_way.add(0, Chunk([event(f"e{k}", k) for k in range(first, first + 10)], [], 0))
            staged.wait(30)
            delivery = Delivery(files=(BatchFile(f"{first}", "0", 1, "{}"),), format="test")
            return under_way.finish(delivery, AUTHOR)
        finally:
            under_way.close()
            mine.engine.dispose()

    with ThreadPoolExecutor(2) as threads:
        outcomes = [future.result() for future in [threads.submit(run, first) for first in (0, 5)]]
    assert sorted((o.counts.accepted, o.counts.duplicates) for o in outcomes) == [(5, 5), (10, 0)]
    assert sorted(contents(store)) == sorted(("", f"e{k}") for k in range(15))


def test_two_processes(store: ParquetEventStore, tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path), first],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in ("0", "10")
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.communicate("go\n", timeout=120)
        assert process.returncode == 0
    assert sorted(contents(store)) == sorted(("", f"e{k}") for k in range(35))
    with reading(store.engine) as session:
        known = batches(session)
    assert [batch.seq for batch in known] == list(range(1, 9))
    assert sum(batch.counts.accepted for batch in known) == 35
    assert sum(batch.counts.duplicates for batch in known) == 45
