"""Addresses of ClickHouse servers, the tables made there, and what is said where the driver is missing."""

from pathlib import Path

import pytest

from tests.eventstore.stores import empty_database, engine_of
from usagebill_tui.errors import InvalidInput, StorageFailed, UsagebillError
from usagebill_tui.eventstore.clickhouse import opening
from usagebill_tui.eventstore.clickhouse.address import Address, check_name, read_address
from usagebill_tui.eventstore.clickhouse.schema import LAYOUTS, drop_ddl, tables_ddl


def test_an_address_in_full() -> None:
    text = "clickhouse://ada:p%40ss%2F@ch.example.com:9440/billing?secure=true&verify=false&timeout=60"
    assert read_address(text) == Address(
        host="ch.example.com",
        port=9440,
        database="billing",
        user="ada",
        password="p@ss/",  # noqa: S106 - no server's
        secure=True,
        verify=False,
        timeout=60,
    )


def test_what_is_left_out_is_usual() -> None:
    assert read_address("clickhouse://ch/billing") == Address(host="ch", port=8123, database="billing")
    assert read_address("clickhouse+https://ch/billing").port == 8443
    assert read_address("clickhouse://ch/billing").place == "ClickHouse ch:8123/billing"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("clickhouse://u:secret@ch", "names no database"),
        ("clickhouse://u:secret@ch/", "names no database"),
        ("clickhouse://u:secret@ch:port/billing", "cannot be read"),
        ("clickhouse://u:secret@ch/a`b", "no name for a database"),
        ("clickhouse://u:secret@ch/billing?secrue=true", "unknown option 'secrue'"),
        ("clickhouse://u:secret@ch/billing?secure=maybe", "secure=maybe"),
        ("clickhouse://u:secret@ch/billing?timeout=0", "timeout=0"),
    ],
)
def test_an_address_that_cannot_be_used(text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as caught:
        read_address(text)
    assert "u:secret" not in str(caught.value)


def test_a_name_that_would_have_to_be_quoted_is_none() -> None:
    assert check_name("prod-1", "cluster") == "prod-1"
    with pytest.raises(InvalidInput, match="no name for a cluster"):
        check_name("x` ON", "cluster")


def test_tables_of_one_server_and_of_a_cluster() -> None:
    alone, spread = list(tables_ddl("billing", None)), list(tables_ddl("billing", "prod"))
    assert [sql.split("`")[3] for sql in alone] == [layout.name for layout in LAYOUTS]
    assert not any("ON CLUSTER" in sql or "Replicated" in sql for sql in alone)
    assert all("ON CLUSTER `prod`" in sql for sql in spread)
    kept, over = spread[::2], spread[1::2]
    assert all("ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/" in sql for sql in kept)
    assert "Distributed('prod', 'billing', 'events_local', cityHash64(account))" in over[0]
    assert all("PARTITION BY toYYYYMM" in sql for sql in (kept[0], kept[2], kept[3]))
    assert "ORDER BY (metric, account, timestamp)" in kept[0]
    assert len(list(drop_ddl("billing", "prod"))) == 2 * len(LAYOUTS)


def test_without_the_driver_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "catalogue.db").write_bytes(empty_database())
    engine = engine_of(tmp_path)
    monkeypatch.setattr(opening, "find_spec", lambda _: None)
    told: list[UsagebillError] = []
    for action in (
        lambda: opening.open_store(engine, "clickhouse://ch/billing", tmp_path),
        lambda: opening.create_store(None, "clickhouse://ch/billing", cluster=None, join=False),
    ):
        with pytest.raises(StorageFailed, match="clickhouse-connect, is not installed") as caught:
            action()
        told.append(caught.value)
    assert all(one.mend == "pip install 'usagebill_tui[clickhouse]'" for one in told)
    engine.dispose()
