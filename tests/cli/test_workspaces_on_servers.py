"""`workspaces create --database`: a team's workspace is made, joined, shown and forgotten by commands."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.cli.conftest import Command
from tests.databases import address_of
from tests.postgresql import folder_store
from tests.postgresql.server import PASSWORD, Server
from usagebill_tui import stores
from usagebill_tui.store.engine import writing
from usagebill_tui.store.postgresql.opening import open_postgresql
from usagebill_tui.store.postgresql.schemas import drop_schema

EVENTS = "clickhouse://events.example.com/usage"
ROWS = "id,account,metric,timestamp\ne1,acme,requests,2023-11-09T00:00:00Z\n"


@pytest.fixture(name="address")
def address_without_secret(postgresql: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The address of the server with a variable for its password; events lie in a folder for all."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setitem(stores._EVENT_STORES, "clickhouse", folder_store.__name__)  # noqa: SLF001 - the plug
    monkeypatch.setitem(folder_store.PLACE, "shared", tmp_path)
    return address_of(postgresql, "${PGPASSWORD}")


def schemas_at(server: Server) -> list[str]:
    engine = open_postgresql(address_of(server), "public")
    with writing(engine) as session:
        names = session.scalars(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'usagebill_team%'"))
        found = sorted(names)
    engine.dispose()
    return found


def forget(server: Server, schema: str) -> None:
    engine = open_postgresql(address_of(server), schema)
    drop_schema(engine)
    engine.dispose()


def test_a_team_makes_one_workspace_and_everybody_sees_the_same(
    usagebill: Command, address: str, postgresql: Server, tmp_path: Path
) -> None:
    (tmp_path / "events.csv").write_text(ROWS, encoding="utf-8")
    made = usagebill(
        *("workspaces", "create", "team", "--database", address, "--event-store", EVENTS, "--cluster", "c")
    )
    assert (made.code, made.out) == (0, "CREATE TABLE events ON c\n")
    assert usagebill("--workspace", "team", "import", "events.csv").code == 0
    elsewhere = usagebill(
        *("--home", "second", "workspaces", "create", "team", "--database", address),
        *("--event-store", f"{EVENTS}2", "--join"),
    )
    assert elsewhere.code == 5
    assert "the events of this workspace lie in clickhouse usage, not in clickhouse usage2" in elsewhere.err
    joined = usagebill(
        *("--home", "second", "workspaces", "create", "team", "--database", address),
        *("--event-store", EVENTS, "--join"),
    )
    assert (joined.code, joined.err) == (0, "joined workspace team\n")
    (event,) = json.loads(usagebill("--home", "second", "--workspace", "team", "events").out)
    assert event["id"] == "e1"
    (row,) = json.loads(usagebill("workspaces").out)
    assert (row["database"], row["event_store"]) == (address, EVENTS)
    assert "${PGPASSWORD}" in address
    stored = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("workspace.toml")]
    assert len(stored) == 2
    assert not any(PASSWORD in one for one in stored)
    assert "ok" in usagebill("--workspace", "team", "doctor").out
    gone = usagebill("--home", "second", "workspaces", "delete", "team", "--yes")
    assert f"what others share stays: {address}" in gone.err
    assert schemas_at(postgresql) == ["usagebill_team"]
    forget(postgresql, "usagebill_team")


def test_what_a_team_cannot_have_is_refused_in_one_line_and_nothing_is_left(
    usagebill: Command, address: str, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = ("workspaces", "create", "team")
    told = [
        (("--database", address), 5, "a shared catalogue with events in a local folder"),
        (
            ("--database", address.replace("${PGPASSWORD}", "x"), "--event-store", EVENTS),
            5,
            "holds a password",
        ),
        (("--database", address, "--event-store", f"{EVENTS}broken"), 5, "the events' server is full"),
        (("--database", address, "--event-store", "kafka://host"), 1, "kafka is no event store"),
        (("--database", address, "--event-store", EVENTS, "--join"), 4, "there is no schema usagebill_team"),
        (("--join",), 2, "--cluster and --join are for servers"),
    ]
    for options, code, words in told:
        done = usagebill(*create, *options)
        assert (done.code, done.err.count("\n")) == (code, 1), done.err
        assert words in done.err
    monkeypatch.delenv("PGPASSWORD")
    done = usagebill(*create, "--database", address, "--event-store", EVENTS)
    assert (done.code, "PGPASSWORD is not set" in done.err) == (1, True)
    assert schemas_at(postgresql) == []
    assert json.loads(usagebill("workspaces").out) == []


def test_servers_have_backups_of_their_own(
    usagebill: Command, address: str, postgresql: Server, tmp_path: Path
) -> None:
    servers = ("--database", address, "--event-store", EVENTS)
    assert usagebill("workspaces", "create", "team", *servers).code == 0
    done = usagebill("--workspace", "team", "backup", str(tmp_path / "all.tar"))
    assert (done.code, "use pg_dump and ClickHouse's BACKUP" in done.err) == (5, True)
    forget(postgresql, "usagebill_team")
