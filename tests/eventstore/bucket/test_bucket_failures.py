"""What fails on the way to a bucket: one line says so, nothing is half-done, and all is well afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.eventstore.bucket.machines import Machines
from tests.eventstore.stores import AUTHOR, ask, deliver, event
from usagebill_tui.domain.metric import Metric
from usagebill_tui.errors import NotFound, Refused, StorageFailed
from usagebill_tui.eventstore.bucket import objects as storage_objects
from usagebill_tui.eventstore.bucket import opening
from usagebill_tui.eventstore.bucket.address import read_address
from usagebill_tui.eventstore.bucket.failures import told
from usagebill_tui.eventstore.bucket.objects import Objects
from usagebill_tui.eventstore.bucket.place import MARKER
from usagebill_tui.eventstore.parquet import merging
from usagebill_tui.eventstore.parquet.connection import connected
from usagebill_tui.eventstore.parquet.files import SegmentGone
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.store.engine import open_sqlite
from usagebill_tui.store.manifest import Segment

TOTAL = Metric(code="m", aggregation="sum", property="n")
_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.eventstore.bucket.machines import Machines
from tests.eventstore.stores import deliver, event
from usagebill_tui.eventstore.parquet import listing

class Somewhere:
    port = int(sys.argv[2])

folder = Path(sys.argv[1])
again = (folder / "catalogue.db").read_bytes()
machines = Machines.__new__(Machines)
machines.folder, machines.address, machines._stores = folder, sys.argv[3], []
listing.writing = lambda _: os.kill(os.getpid(), signal.SIGKILL)
deliver(machines.open("here"), [event("y", 2, n=2)])
"""


def total(store: ParquetEventStore) -> str:
    return str(ask(store, TOTAL)[0].units)


def altered(content: bytes) -> bytes:
    """Return it with another bit somewhere."""
    return content[:20] + bytes([content[20] ^ 1]) + content[21:]


def refused(work: Callable[[], object]) -> str:
    """Return the line in which it fails, which is one, and shows no secret."""
    with pytest.raises(StorageFailed) as failed:
        work()
    line = str(failed.value)
    assert "\n" not in line
    assert "s3cr3t" not in line
    return line


def test_an_import_that_cannot_be_sent_leaves_nothing(machines: Machines) -> None:
    here = machines.open("here")
    deliver(here, [event("x", 1, n=1)])
    before = machines.kept(), machines.cached("here")
    machines.line.up = 100
    line = refused(lambda: deliver(here, [event("y", 2, n=2)]))
    assert "cannot be reached" in line or "does not answer" in line
    machines.line.heal()
    # Of what was cut off the storage may keep a part, under a name that nothing lists.
    here.unlisted(remove=True)
    assert (machines.kept(), machines.cached("here"), total(here)) == (*before, "1")
    deliver(here, [event("y", 2, n=2)])
    assert (total(machines.open("there")), here.unlisted()) == ("3", [])


def test_an_object_that_arrives_in_part_is_not_used(machines: Machines) -> None:
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1)])
    machines.line.down = 1_000
    line = refused(lambda: total(there))
    assert "cannot be reached" in line or "does not answer" in line
    assert [path.name for path in there.folder.iterdir()] == []
    machines.line.heal()
    assert total(there) == "1"


def test_an_altered_object_is_never_read_and_verify_names_it(machines: Machines) -> None:
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1)])
    (name,) = machines.kept()
    whole = (here.folder / name).read_bytes()
    machines.put(name, altered(whole))
    assert f"{name}: is not what was stored there (SHA-256 differs)" in refused(lambda: total(there))
    assert [path.name for path in there.folder.iterdir()] == []
    expected = [(name, "its bytes are not those that were written (SHA-256 differs)")]
    # Its own copy is whole, but that is not what is verified.
    assert (list(here.verify()), total(here)) == (expected, "1")
    machines.put(name, whole)
    assert (list(there.verify()), total(there)) == ([], "1")


def test_a_missing_object_is_named(machines: Machines) -> None:
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1)])
    (name,) = machines.kept()
    machines.objects.delete([name])
    assert f"{name}: is not in the bucket; run `usagebill verify`" in refused(lambda: total(there))
    assert list(here.verify()) == [(name, "is not in the bucket")]


def test_a_copy_that_was_altered_is_thrown_away_by_verify(machines: Machines) -> None:
    here = machines.open("here")
    deliver(here, [event("x", 1, n=1)])
    (name,) = machines.kept()
    whole = (here.folder / name).read_bytes()
    (here.folder / name).write_bytes(altered(whole))
    ((found, fault),) = list(here.verify())
    assert (found, "was thrown away" in fault, list(here.verify()), total(here)) == (name, True, [], "1")


def test_killed_between_sending_and_listing_leaves_what_doctor_removes(machines: Machines) -> None:
    here = machines.open("here")
    deliver(here, [event("x", 1, n=1)])
    before = machines.kept()
    given = [str(machines.folder), str(machines.line.port), machines.address]
    killed = subprocess.run([sys.executable, "-c", _KILLED, *given], check=False, cwd=_root(), env=_own())
    assert killed.returncode == -signal.SIGKILL
    (left,) = machines.kept() - before
    assert (total(here), [path.name for path in here.unlisted() if path.suffix == ".parquet"]) == (
        "1",
        [left],
    )
    here.unlisted(remove=True)
    assert (machines.kept(), here.unlisted(), machines.cached("here")) == (before, [], before)


def _root() -> Path:
    return Path(__file__).parents[3]


def _own() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_root())}


def test_a_lock_that_was_lost_lets_only_one_import_in(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = machines.open("here"), machines.open("there")
    deliver(here, [event("x", 1, n=1)])
    for store in (here, there):
        monkeypatch.setattr(store.place, "turn", lambda _: nullcontext())
    publish = here.place.publish

    def late(written: Sequence[Segment]) -> None:
        publish(written)
        deliver(there, [event("y", 2, n=2)])

    monkeypatch.setattr(here.place, "publish", late)
    before = machines.kept()
    assert "another import was stored meanwhile" in refused(lambda: deliver(here, [event("y", 2, n=2)]))
    assert (total(here), len(machines.kept() - before), here.unlisted()) == ("3", 1, [])


def test_a_lock_that_was_lost_lets_nothing_be_merged_twice(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = machines.open("here"), machines.open("there")
    for place in range(3):
        deliver(here, [event(f"e{place}", place, n=1)])
    monkeypatch.setattr(merging, "MEMBERS", 2)
    publish = here.place.publish

    def late(written: Sequence[Segment]) -> None:
        publish(written)
        with connected([there.folder]) as connection:
            merging.tidy(there.engine, connection, there.place, AUTHOR.at)

    monkeypatch.setattr(here.place, "publish", late)
    with connected([here.folder]) as connection:
        merging.tidy(here.engine, connection, here.place, AUTHOR.at)
    assert (total(here), total(there), list(here.verify()), here.unlisted()) == ("3", "3", [], [])


def test_objects_are_never_overwritten_and_what_was_sent_already_is_as_good(machines: Machines) -> None:
    path = machines.folder / "file"
    path.write_bytes(b"one")
    digest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    for _ in range(2):
        machines.objects.put("name", path, 3, digest)
    assert "is not what was sent" in refused(lambda: machines.objects.put("name", path, 4, digest))
    assert "is not what was sent" in refused(lambda: machines.objects.put("name", path, 3, "other"))
    assert machines.objects.get("name", machines.folder / "back") == digest


def test_large_files_are_sent_in_parts(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_objects, "_PART", 5 << 20)
    path = machines.folder / "file"
    path.write_bytes(bytes(range(256)) * (6 << 12))
    with path.open("rb") as file:
        digest = __import__("hashlib").file_digest(file, "sha256").hexdigest()
    for _ in range(2):
        machines.objects.put("large", path, path.stat().st_size, digest)
    assert machines.objects.get("large", machines.folder / "back") == digest


def test_a_wrong_bucket_and_no_network_are_one_line(machines: Machines) -> None:
    other = Objects(read_address(machines.address.replace("s3://events", "s3://other")))
    assert "there is no such bucket" in refused(lambda: list(other.names()))
    assert "there is no such bucket" in refused(lambda: other.claim("x", b""))
    machines.line.close()
    nowhere = Objects(
        read_address(f"{machines.address}&connect_timeout=1&retries=0".replace("retries=1&", ""))
    )
    assert "the bucket cannot be reached; check the network" in refused(lambda: list(nowhere.names()))


ANSWERS = {
    "status code: 403 Forbidden: <Code>InvalidAccessKeyId</Code><Key>AKIA</Key>": "does not accept the",
    "status code: 403 Forbidden: <Code>SignatureDoesNotMatch</Code>": "does not accept the credentials",
    "status code: 403 Forbidden: <Error><Code>AccessDenied</Code>": "the credentials may not do this",
    "status code: 503 Slow Down: <Error><Code>SlowDown</Code>": "answers 503 Slow Down (SlowDown)",
    "HTTP error: operation timed out": "does not answer in time",
    "HTTP error: error sending request": "cannot be reached",
}


@pytest.mark.parametrize("said", ANSWERS)
def test_answers_are_said_in_own_words(said: str) -> None:
    line = str(told(ValueError(said), "s3://b/p", "x"))
    assert line.startswith("s3://b/p: x: ")
    assert ANSWERS[said] in line
    assert "AKIA" not in line
    assert isinstance(told(FileNotFoundError(said), "s3://b/p", "x"), SegmentGone)


def test_without_obstore_one_line_names_the_extra(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_objects, "find_spec", lambda _: None)
    assert "pip install 'usagebill_tui[s3]'" in refused(lambda: list(machines.objects.names()))


def test_a_bucket_needs_a_catalogue_on_a_server(machines: Machines) -> None:
    engine = open_sqlite(machines.folder / "catalogue.db")
    for work in (
        lambda: opening.create_store(None, machines.address, cluster=None, join=False),
        lambda: opening.open_store(engine, machines.address, machines.folder),
    ):
        with pytest.raises(Refused, match="need a catalogue on a server"):
            work()
    engine.dispose()
    assert machines.kept() == set()


def test_a_prefix_is_taken_once_and_joined(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_shared", lambda where, _: where)

    def create(*, join: bool) -> object:
        return opening.create_store(None, machines.address, cluster=None, join=join)

    with pytest.raises(NotFound, match="holds no events of a workspace"):
        create(join=True)
    assert (create(join=False), create(join=True), machines.kept()) == ((), (), {MARKER})
    with pytest.raises(Refused, match="holds the events of a workspace already"):
        create(join=False)
    # It is no segment, and no leftover either.
    assert machines.open("here").unlisted() == []
