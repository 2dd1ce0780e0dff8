"""A whole workspace moves to ClickHouse, to another one and back: what it bills and tells stays."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.billing.desk import Desk, as_json, catalogue, fee, metered
from tests.databases import sqlite_only
from tests.engines import needs_chdb
from tests.eventstore.clickhouse import chdb_http
from tests.eventstore.clickhouse.test_over_http import Running
from usagebill_tui.billing.imports.importing import ImportRequest
from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.eventstore.clickhouse import opening
from usagebill_tui.homes import Home
from usagebill_tui.moving import Move, Moved, move_workspace
from usagebill_tui.plugin.registry import builtin_registry
from usagebill_tui.stores import Servers
from usagebill_tui.workspace import Workspace

pytestmark = [needs_chdb, sqlite_only]
TEXT = catalogue({"fee": fee("49.00"), "gb": metered("gb", unit_amount="0.125")})
EVENTS = (
    '{"id": "a", "account": "acme", "metric": "gb", "timestamp": "2026-10-03T00:00:00Z", '
    '"properties": {"gb": "3.25"}}\n'
)
OTHERS = EVENTS.replace("3.25", "4.5") + EVENTS.replace('"a"', '"b"') + "not an event\n"
KEEP_FIRST = ImportRequest(again=True)
REPLACE = ImportRequest(again=True, on_conflict="replace")


@pytest.fixture(name="server", scope="module")
def server_on_the_loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    command = [sys.executable, str(Path(chdb_http.__file__)), str(tmp_path_factory.mktemp("chdb"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield Running(int(process.stdout.readline()))
        process.kill()


@pytest.fixture(name="desk")
def busy_desk(tmp_path: Path, server: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    server.let(reset=True)
    monkeypatch.setenv("CHPASSWORD", chdb_http.PASSWORD)
    monkeypatch.setattr("usagebill_tui.eventstore.clickhouse.server._PAUSES", (0, 0, 0))
    with Desk(tmp_path, TEXT) as desk:
        sent = [(EVENTS, KEEP_FIRST), (OTHERS, KEEP_FIRST), (OTHERS, REPLACE)]
        for number, (text, request) in enumerate(sent):
            path = tmp_path / f"events-{number}.jsonl"
            path.write_text(text, encoding="utf-8")
            desk.workspace.import_events([path], request)
        desk.workspace.bill("2026-10", finalize=True)
        desk.events(("acme", "gb", "2026-10-04T00:00:00Z", {"gb": "7"}))
        desk.workspace.undo_batch(3)
        yield desk
    server.let(reset=True)


def moved(desk: Desk, name: str, to: str, events: str | None = None) -> Moved:
    asked = Move(name=name, to=to, servers=Servers(event_store=events))
    home = Home(desk.folder / "home")
    return move_workspace(home, asked, registry=builtin_registry(), clock=lambda: desk.now)


def said(workspace: Workspace) -> Any:
    assert [finding.status for finding in workspace.verify()] == ["ok"]
    versions = sorted(map(repr, workspace.event_versions()))
    return as_json(workspace.invoices()), versions, workspace.rejects(), repr(workspace.batches())


def test_there_further_and_back_again(desk: Desk, server: Running) -> None:
    password = "${CHPASSWORD}"  # noqa: S105 - the name of a variable
    addresses = [
        server.address(f"moved_{number}", password=password, options="?timeout=20") for number in (1, 2)
    ]
    server.let(kind="insert", what="refused")
    there = moved(desk, "sandbox", "there", addresses[0])
    further = moved(desk, "there", "further", addresses[1])
    back = moved(desk, "further", "back")
    assert there.proof == further.proof == back.proof
    assert (there.proof.invoices, there.tables["rejects"]) == (1, 2)
    found = []
    for name in ("there", "further", "back"):
        with Workspace.open(name, home=desk.folder / "home", clock=lambda: desk.now, who="ada") as workspace:
            found.append((said(workspace), workspace.undo_batch(2), said(workspace)))
    expected = (said(desk.workspace), desk.workspace.undo_batch(2), said(desk.workspace))
    assert found == [expected] * 3
    with pytest.raises(Refused, match="it holds the events of a workspace already; give another database"):
        moved(desk, "sandbox", "again", addresses[0])
    assert not (desk.folder / "home" / "again").exists()


def test_a_server_that_goes_away_in_the_middle(desk: Desk, server: Running) -> None:
    address = server.address("gone", password="${CHPASSWORD}", options="?timeout=20")  # noqa: S106 - a variable's name
    for _ in range(4):
        server.let(kind="insert", what="torn")
    with pytest.raises(StorageFailed, match=r"ClickHouse 127.0.0.1:\d+/gone: cannot be reached"):
        moved(desk, "sandbox", "there", address)
    assert Home(desk.folder / "home").names() == ["sandbox"]
    done = moved(desk, "sandbox", "there", address)
    assert done.proof.events == 3
    assert Home(desk.folder / "home").names() == ["sandbox", "there"]
    assert not list((desk.folder / "home" / "there").glob("*carried*"))


def test_without_the_driver(desk: Desk, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda _: None)
    with pytest.raises(StorageFailed, match=r"is not installed; pip install 'usagebill_tui\[clickhouse\]'"):
        moved(desk, "sandbox", "there", server.address("none", password="${CHPASSWORD}"))  # noqa: S106 - likewise
    assert [path.name for path in (desk.folder / "home").iterdir()] == ["sandbox"]
