"""What a store holds is carried to a server and back, all of it, once, and is used as it was."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engines import needs_chdb
from tests.eventstore.chdb_server import new_cluster_database, new_database
from tests.eventstore.clickhouse.test_same_as_parquet import CONTRARY, said
from tests.eventstore.sequences import Step, done
from tests.eventstore.stores import AUTHOR, Store, contents, empty_database, engine_of, event, new_store
from tests.eventstore.test_event_history import told
from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.eventstore.clickhouse.carrying import carry, portions
from usagebill_tui.eventstore.clickhouse.carrying.receipts import NAME, Receipts
from usagebill_tui.eventstore.clickhouse.server import Server, Statement
from usagebill_tui.eventstore.clickhouse.store import ClickHouseEventStore
from usagebill_tui.eventstore.parquet import merging
from usagebill_tui.moving import CARRIED
from usagebill_tui.store.engine import reading
from usagebill_tui.store.merges import parts_of_merged
from usagebill_tui.store.transfer import copy_tables, is_copied

pytestmark = needs_chdb
Make = Callable[[str], Store]
ODD: dict[str, Any] = {"n": "1.50", "big": -(10**19), "odd": "é\x00'\"|", "sub": {"Deep": [1]}}
BUSY: list[Step] = [
    *CONTRARY,
    ("keep-first", [event("f", 10**15, "b", **ODD)]),
    ("keep-first", [event("f", 10**15, "b", **ODD), event("f", 2, "b", **ODD)]),
    ("keep-first", [event(None, 2, "c", N="1e-18", n=0, y=True), event("g", 3, metric="p", n=5)]),
    ("replace", [event("g", 3, metric="p", n=6), event("h", 4, n=-1)]),
]
FEW: list[Step] = [
    ("keep-first", [event("a", 1, n=1), event("b", 10**14, "b", n=2), event("a", 1, n=1)]),
    ("replace", [event("b", 2, "b", n=3), event("c", 2, n=4), event("c", 2, n=5), event("a", 1, n=1)]),
    ("keep-first", [event("z", 1, n=1)]),
    2,
]
"""The last import is hidden as a whole."""


@pytest.fixture(name="make")
def stores() -> Iterator[Make]:
    with ExitStack() as stack:

        def make(kind: str) -> Store:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            return stack.enter_context(opened(folder, kind))

        yield make


@contextmanager
def opened(folder: Path, kind: str) -> Iterator[Store]:
    if kind == "folder":
        store: Store = new_store(folder)
    else:
        (folder / "catalogue.db").write_bytes(empty_database())
        server = new_cluster_database() if kind == "cluster" else new_database()
        store = ClickHouseEventStore(engine_of(folder), server, folder)
    try:
        yield store
    finally:
        store.close()
        store.engine.dispose()


def moved(source: Store, target: Store) -> Store:
    """Carry everything and copy the tables, as a move does."""
    entries = carry(source, target, lambda _name, _rows: None)
    if not is_copied(source.engine, target.engine, whole=entries is None):
        copy_tables(source.engine, target.engine, entries=entries)
    assert list(target.verify()) == []
    assert target.unlisted() == []
    return target


def after_undoing(store: Store) -> Any:
    return [store.undo(batch, AUTHOR) for batch in (7, 3, 9)], contents(store), sorted(told(store), key=repr)


def test_from_a_folder_to_a_server_and_back(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MEMBERS", 2)
    monkeypatch.setattr(portions, "MOST_ROWS", 3)
    folder = make("folder")
    done(folder, BUSY)
    with reading(folder.engine) as session:
        assert parts_of_merged(session)
    server = moved(folder, make("server"))
    back = moved(server, make("folder"))
    one, other, again = (said(store) for store in (folder, server, back))
    assert other == one
    assert again == one
    assert after_undoing(folder) == after_undoing(server) == after_undoing(back)


def test_from_a_server_to_a_cluster(make: Make) -> None:
    server = make("server")
    done(server, BUSY)
    cluster = moved(server, make("cluster"))
    assert sorted(told(cluster), key=repr) == sorted(told(server), key=repr)
    assert after_undoing(cluster) == after_undoing(server)


def test_batches_are_cut_into_portions_that_can_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "MOST_ROWS", 4)
    monkeypatch.setattr(portions, "MOST_BATCHES", 2)
    found = list(portions.cut("hides", {2: 9, 1: 3, 3: 1, 4: 2, 5: 1, 6: 4, 7: 1}))
    told_of = [(one.batches, one.part, one.parts) for one in found]
    large = [((2,), part, 3) for part in range(3)]
    assert sorted(told_of) == sorted(
        [((1,), 0, 1), *large, ((3, 4), 0, 1), ((5,), 0, 1), ((6,), 0, 1), ((7,), 0, 1)]
    )
    assert "hidden_by IN (2) AND identity % 3 = 0" in [one.condition() for one in found]
    assert found[-1].condition([4]) == "hidden_by IN (4)"


def test_a_portion_that_was_sent_twice_is_there_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, server = make("folder"), make("server")
    done(folder, FEW)
    sent: list[str] = []
    insert = Server.insert

    def failing(at: Server, table: str, columns: Any, path: Path, token: str) -> None:
        sent.append(table)
        insert(at, table, columns, path, token)
        if table == "conflicts":
            insert(at, table, columns, path, f"{token} again")
            raise KeyboardInterrupt

    monkeypatch.setattr(portions, "MOST_BATCHES", 1)
    with monkeypatch.context() as patch:
        patch.setattr(Server, "insert", failing)
        with pytest.raises(KeyboardInterrupt):
            moved(folder, server)
    assert sent == ["events", "events", "events", "conflicts"]
    assert server.snapshot() == 0
    with monkeypatch.context() as patch:
        patch.setattr(portions, "_check", lambda _ours, _theirs: pytest.fail("it is interrupted again"))
        with pytest.raises(pytest.fail.Exception):
            moved(folder, server)
    # All is there by now: nothing is sent.
    monkeypatch.setattr(Server, "insert", lambda *_: pytest.fail("sent again"))
    moved(folder, server)
    assert (contents(server), told(server)) == (contents(folder), told(folder))


def test_what_is_there_of_a_folder_is_not_fetched_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    server, folder = make("server"), make("folder")
    done(server, FEW)
    add = Receipts.add
    added: list[Any] = []

    def interrupted(at: Receipts, *given: Any) -> None:
        if len(added) == 3:
            raise KeyboardInterrupt
        added.append(given)
        add(at, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Receipts, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            moved(server, folder)
    receipts = folder.folder.parent / NAME
    assert NAME == CARRIED
    receipts.write_bytes(receipts.read_bytes() + b'{"key": "torn\n')
    fetched: list[str] = []
    fetch = Server.fetch

    def fetching(at: Server, statement: Statement, path: Path) -> None:
        fetched.append(statement.sql)
        fetch(at, statement, path)

    monkeypatch.setattr(Server, "fetch", fetching)
    moved(server, folder)
    assert fetched
    assert not any("FROM events" in sql for sql in fetched)
    assert (contents(server), told(server)) == (contents(folder), told(folder))


def test_rows_that_changed_after_all_was_listed_are_refused(make: Make) -> None:
    folder, server = make("folder"), make("server")
    done(folder, FEW[:1])
    moved(folder, server)
    assert isinstance(server, ClickHouseEventStore)
    server.server.run("ALTER TABLE events DELETE WHERE id = 'b'", {"mutations_sync": 2})
    with pytest.raises(
        Refused, match="the events were changed since they were carried; move to another name"
    ):
        moved(folder, server)
    with pytest.raises(
        StorageFailed, match="events of batch 1: has 1 rows instead of 2; run `usagebill verify`"
    ):
        moved(server, make("folder"))


def test_a_damaged_segment_stops_it(make: Make) -> None:
    folder, server = make("folder"), make("server")
    done(folder, FEW)
    segment = next(folder.folder.glob("claims*.parquet"))
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(StorageFailed, match="is not what the manifest says; run `usagebill verify`"):
        moved(folder, server)
    segment.unlink()
    with pytest.raises(StorageFailed, match="cannot be read: No such file or directory"):
        moved(folder, server)
    assert isinstance(server, ClickHouseEventStore)
    assert server.server.value(Statement(sql="SELECT count() FROM events")) == 0
