"""A team's workspace with its catalogue in PostgreSQL and its events in a bucket, as two people have it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.databases import address_of
from tests.eventstore.bucket.machines import Machines
from tests.postgresql.server import PASSWORD, Server
from usagebill_tui.addresses import filled
from usagebill_tui.backups import back_up
from usagebill_tui.errors import Refused
from usagebill_tui.eventstore.bucket.address import read_address
from usagebill_tui.eventstore.bucket.objects import Objects
from usagebill_tui.eventstore.bucket.place import MARKER
from usagebill_tui.homes import Home
from usagebill_tui.store.postgresql.opening import open_postgresql
from usagebill_tui.store.postgresql.schemas import drop_schema
from usagebill_tui.stores import Servers, create_workspace
from usagebill_tui.workspace import Workspace

NAME = "bucketteam"
NOW = datetime(2023, 12, 1, tzinfo=UTC)
CATALOGUE = """
currency = "USD"
[[metric]]
code = "requests"
name = "Requests"
aggregation = "count"
[[customer]]
id = "acme"
name = "Acme"
"""


@pytest.fixture(name="servers")
def servers_of_a_team(
    machines: Machines, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Servers]:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setenv("BUCKET_SECRET", "s3cr/3t")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    bucket = machines.address.replace("s3://", "s3://somebody:${BUCKET_SECRET}@")
    yield Servers(database=address_of(postgresql, "${PGPASSWORD}"), event_store=bucket)
    engine = open_postgresql(address_of(postgresql), f"usagebill_{NAME}")
    drop_schema(engine)
    engine.dispose()


def objects_at(address: str) -> Objects:
    return Objects(read_address(filled(address, "event store")))


def rows(path: Path, *ids: str) -> Path:
    lines = [f"{one},acme,requests,2023-11-09T00:00:00Z" for one in ids]
    path.write_text("\n".join(["id,account,metric,timestamp", *lines]), encoding="utf-8")
    return path


def test_what_one_imports_the_other_bills_and_nobody_stores_a_secret(
    servers: Servers, tmp_path: Path
) -> None:
    one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
    create_workspace(one, NAME, NOW, servers)
    joining = Servers(database=servers.database, event_store=servers.event_store, join=True)
    create_workspace(two, NAME, NOW, joining)
    with (
        Workspace.open(NAME, home=one.path, clock=lambda: NOW) as first,
        Workspace.open(NAME, home=two.path, clock=lambda: NOW) as second,
    ):
        first.apply_catalogue_text(CATALOGUE, "test")
        first.import_events([rows(tmp_path / "a.csv", "e1", "e2")])
        second.import_events([rows(tmp_path / "b.csv", "e2", "e3")])
        assert [first.snapshot(), second.snapshot()] == [2, 2]
        for workspace in (first, second):
            found = [*workspace.verify(), *workspace.doctor()]
            assert {one.status for one in found} == {"ok"}
            assert any("3 events" in one.detail for one in found)
    # Machines take turns by the catalogue, not by a file that only one of them sees.
    assert list(tmp_path.rglob(".import.lock")) == []
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("workspace.toml")]
    assert (len(texts), any("s3cr" in text for text in texts)) == (2, False)
    with pytest.raises(Refused, match="a copy of the bucket"):
        back_up(two.folder(NAME), two.fixed(NAME, NOW), tmp_path / "backup")
    kept = set(objects_at(servers.event_store or "").names())
    assert (len(kept), {name.partition("-")[0] for name in kept}) == (4, {"usagebill", "events", "claims"})


def test_nobody_joins_with_another_prefix(servers: Servers, tmp_path: Path) -> None:
    create_workspace(Home(tmp_path / "one"), NAME, NOW, servers)
    address = (servers.event_store or "").replace("?", "x?")
    objects_at(address).claim(MARKER, b"those of others")
    other = Servers(database=servers.database, event_store=address, join=True)
    with pytest.raises(Refused, match="the events of this workspace lie in s3 events/"):
        create_workspace(Home(tmp_path / "two"), NAME, NOW, other)
