"""Over real HTTP, with a server that fails: what was sent is stored once, and errors are one clear line."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.engines import needs_chdb
from tests.eventstore.clickhouse import chdb_http
from tests.eventstore.stores import AUTHOR, ask, contents, deliver, empty_database, engine_of, event, stored
from usagebill_tui.cli.main import cli
from usagebill_tui.domain.metric import Metric
from usagebill_tui.errors import NotFound, Refused, StorageFailed, UsagebillError
from usagebill_tui.eventstore.clickhouse.opening import create_store, open_store
from usagebill_tui.eventstore.clickhouse.store import ClickHouseEventStore

pytestmark = needs_chdb
ROWS = [event(name, at, n=at) for at, name in enumerate("abcdef")]
TOTAL = Metric(code="m", aggregation="sum", property="n")
CATALOGUE = """
[[metric]]
code = "calls"
aggregation = "sum"
property = "n"

[[customer]]
id = "acme"
"""


class Running:
    """A server that runs, and how to let it fail."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.databases = 0

    def address(self, database: str, *, password: str = chdb_http.PASSWORD, options: str = "") -> str:
        return f"clickhouse://u:{password}@127.0.0.1:{self.port}/{database}{options}"

    def let(self, **wish: Any) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("POST", "/fault", json.dumps(wish))
        connection.getresponse().read()
        connection.close()


@pytest.fixture(name="server", scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("chdb")
    command = [sys.executable, str(Path(chdb_http.__file__)), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield Running(int(process.stdout.readline()))
        process.kill()


@pytest.fixture(name="address")
def empty_tables(server: Running) -> Iterator[str]:
    server.let(reset=True)
    server.databases += 1
    name = f"events_{server.databases}"
    create_store(None, server.address(name), cluster=None, join=False)
    yield server.address(name, options="?timeout=20")
    server.let(reset=True)


@pytest.fixture(name="store")
def store_on_the_server(address: str, tmp_path: Path) -> Iterator[ClickHouseEventStore]:
    store = opened(address, tmp_path)
    yield store
    store.close()
    store.engine.dispose()


def opened(address: str, folder: Path) -> ClickHouseEventStore:
    if not (folder / "catalogue.db").exists():
        (folder / "catalogue.db").write_bytes(empty_database())
    store = open_store(engine_of(folder), address, folder)
    assert isinstance(store, ClickHouseEventStore)
    store.server.pause = lambda _: None
    return store


def check_stored_once(store: ClickHouseEventStore) -> None:
    assert [e.id for e in stored(store)] == list("abcdef")
    (answer,) = ask(store, TOTAL)
    assert answer.units == 15
    assert answer.events == 6
    assert list(store.verify()) == []


def test_import_usage_and_undo(store: ClickHouseEventStore) -> None:
    assert store.engine_name.startswith("ClickHouse 2")
    deliver(store, ROWS)
    check_stored_once(store)
    deliver(store, [event("a", 0, n=100)], on_conflict="replace")
    assert ask(store, TOTAL)[0].units == 115
    assert store.undo(2, AUTHOR) == (1, 1)
    assert contents(store) == {("", e.id): e.content for e in ROWS}


@pytest.mark.parametrize("what", ["busy", "refused", "lost", "half", "torn"])
def test_a_batch_whose_insert_fails_once_is_stored_once(
    server: Running, store: ClickHouseEventStore, what: str
) -> None:
    server.let(kind="insert", what=what)
    outcome = deliver(store, ROWS)
    assert outcome.counts.accepted == 6
    check_stored_once(store)


def test_a_batch_whose_answer_never_comes_is_stored_once(
    server: Running, address: str, tmp_path: Path
) -> None:
    store = opened(address.replace("timeout=20", "timeout=3"), tmp_path)
    server.let(kind="insert", what="silent")
    deliver(store, ROWS)
    check_stored_once(store)
    store.close()
    store.engine.dispose()


@pytest.mark.parametrize("what", ["busy", "refused", "cut"])
def test_a_question_whose_answer_is_lost_is_asked_again(
    server: Running, store: ClickHouseEventStore, what: str
) -> None:
    deliver(store, ROWS)
    server.let(kind="select", what=what)
    (answer,) = ask(store, TOTAL)
    assert answer.units == 15


def test_an_insert_that_fails_for_good_leaves_nothing_that_counts(
    server: Running, store: ClickHouseEventStore
) -> None:
    deliver(store, ROWS[:1])
    before = (stored(store), store.snapshot())
    for _ in range(8):
        server.let(kind="insert", what="torn")
    with pytest.raises(StorageFailed, match="the connection was lost"):
        deliver(store, ROWS)
    server.let(reset=True)
    assert (stored(store), store.snapshot()) == before
    left = store.unlisted()
    assert left
    assert {path.name.split()[0] for path in left} == {"batch"}
    assert store.unlisted(remove=True) == left
    assert store.unlisted() == []
    deliver(store, ROWS)
    check_stored_once(store)


def test_a_catalogue_older_than_the_tables_uses_no_number_again(
    store: ClickHouseEventStore, address: str, tmp_path: Path
) -> None:
    for number in range(3):
        deliver(store, [event(f"lost{number}", 1, n=1)])
    (tmp_path / "restored").mkdir()
    restored = opened(address, tmp_path / "restored")
    assert stored(restored) == []
    assert deliver(restored, ROWS).batch == 4
    check_stored_once(restored)
    restored.close()
    restored.engine.dispose()


def test_from_the_command_line(server: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", chdb_http.PASSWORD)
    server.let(reset=True)
    address = server.address("by_command", password="${CLICKHOUSE_PASSWORD}")  # noqa: S106 - a variable
    runner, home = CliRunner(), ["--home", str(tmp_path), "--no-plugins"]
    made = runner.invoke(cli, [*home, "workspaces", "create", "team", "--event-store", address])
    assert made.exit_code == 0, made.output
    assert "ENGINE = MergeTree" in made.stdout
    assert chdb_http.PASSWORD not in made.output
    rows = [
        {
            "id": str(k),
            "account": "acme",
            "metric": "calls",
            "timestamp": f"2023-11-1{k}T00:00:00Z",
            "properties": {"n": k},
        }
        for k in range(5)
    ]
    (tmp_path / "events.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    team = [*home, "--workspace", "team"]
    for command in (
        ["catalog", "apply", "catalogue.toml"],
        ["import", "events.jsonl"],
        ["import", "events.jsonl"],
    ):
        done = runner.invoke(cli, [*team, *(str(tmp_path / one) if "." in one else one for one in command)])
        assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["duplicates"] == 5
    usage = runner.invoke(
        cli, [*team, "usage", "--from", "2023-11-01", "--to", "2023-12-01", "--format", "json"]
    )
    assert [row["units"] for row in json.loads(usage.stdout)] == ["10"]
    for command in (["verify"], ["doctor"], ["batches", "undo", "1"]):
        done = runner.invoke(cli, [*team, *command])
        assert done.exit_code == 0, done.output


def test_two_workspaces_never_share_tables_but_one_can_be_joined(server: Running, address: str) -> None:
    with pytest.raises(Refused, match="events of a workspace already"):
        create_store(None, address, cluster=None, join=False)
    assert create_store(None, address, cluster=None, join=True) == ()
    with pytest.raises(NotFound, match="has no tables"):
        create_store(None, server.address("nowhere"), cluster=None, join=True)


def line_of(action: Any) -> str:
    with pytest.raises(UsagebillError) as caught:
        action()
    line = str(caught.value)
    assert "\n" not in line
    assert chdb_http.PASSWORD not in line
    return line


def test_each_failure_is_one_clear_line(server: Running, address: str, tmp_path: Path) -> None:
    name = address.rpartition("/")[2].partition("?")[0]
    wrong = opened(server.address(name, password=chdb_http.PASSWORD[::-1]), tmp_path)
    assert "check the user and its password" in line_of(lambda: deliver(wrong, ROWS))
    nowhere = opened(f"clickhouse://u:{chdb_http.PASSWORD}@127.0.0.1:1/{name}", tmp_path)
    assert "cannot be reached: Connection refused" in line_of(lambda: deliver(nowhere, ROWS))
    missing = opened(server.address("nowhere"), tmp_path)
    assert "usagebill workspaces create" in line_of(lambda: deliver(missing, ROWS))
    server.let(readonly=True)
    reader = opened(address, tmp_path)
    assert "docs/clickhouse.md" in line_of(lambda: deliver(reader, ROWS))
    server.let(reset=True)
    server.let(version="24.8.1.2")
    old = opened(address, tmp_path)
    assert "use ClickHouse 25.3 or newer" in line_of(lambda: deliver(old, ROWS))
    for store in (wrong, nowhere, missing, reader, old):
        store.close()
        store.engine.dispose()
