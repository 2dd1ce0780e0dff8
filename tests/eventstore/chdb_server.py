"""ClickHouse in this process: chDB behind the same connection class, with a database for each store."""

import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from usagebill_tui.eventstore.clickhouse.address import Address
from usagebill_tui.eventstore.clickhouse.schema import LAYOUTS, database_ddl, tables_ddl
from usagebill_tui.eventstore.clickhouse.server import SETTINGS, Given, Row, Server, Statement

_NUMBERS = itertools.count()
_MADE: list[str] = []
SKIPPED = {"insert_quorum", "insert_quorum_parallel"}
"""Settings of replicated tables, for which chDB has no Keeper."""


CLUSTER = "two"
_CONFIGURATION = f"""<clickhouse><tcp_port>9000</tcp_port><remote_servers><{CLUSTER}>
<shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
<shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
</{CLUSTER}></remote_servers></clickhouse>"""
"""A cluster of two shards, both of which are this process. Nothing listens on the port."""


@cache
def engine_folder() -> Path:
    """Return the one folder that chDB may have in a process; it vanishes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="chdb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "configuration.xml").write_text(_CONFIGURATION)
    return folder


class ChdbServer(Server):
    """A server that is chDB. It takes no tables along, so they are made as temporary ones."""

    def _connect(self) -> Any:
        import clickhouse_connect

        settings: dict[str, Any] = {n: value for n, value in SETTINGS.items() if n not in SKIPPED}
        settings["max_threads"] = 2
        folder = engine_folder()
        options = {"config-file": str(folder / "configuration.xml")}
        client = clickhouse_connect.get_client(
            interface="chdb", path=str(folder / "data"), chdb_options=options, settings=settings
        )
        client.command(f"USE {self.address.database}")
        return client

    def _rows(self, statement: Statement) -> list[Row]:
        with self._brought(statement.given) as client:
            found = client.query(statement.sql, parameters=dict(statement.parameters))
            return [tuple(row) for row in found.result_rows]

    @contextmanager
    def _streamed(self, statement: Statement) -> Iterator[Any]:
        yield [self._rows(statement)]

    def _fetch(self, statement: Statement, path: Path) -> None:
        with self._brought(statement.given) as client:
            data = client.raw_query(
                statement.sql, parameters=dict(statement.parameters), fmt=statement.format
            )
        path.write_bytes(data)

    @contextmanager
    def _brought(self, given: Sequence[Given]) -> Iterator[Any]:
        client = self._connected()
        made = []
        try:
            for one in given:
                client.command(f"CREATE TEMPORARY TABLE {one.name} ({one.structure})")
                made.append(one.name)
                if one.data:
                    client.raw_insert(one.name, insert_block=one.data, fmt=one.format)
            yield client
        finally:
            for name in made:
                client.command(f"DROP TEMPORARY TABLE {name}")


class ChdbCluster(ChdbServer):
    """The two shards. What is read of a table and what is written to it go by two `Distributed` ones.

    Both shards have the same tables, this being one process, so each reads its own rows of them by a view.
    """

    def _insert(self, table: str, columns: Sequence[str], path: Path, token: str) -> None:
        super()._insert(f"{table}_written", columns, path, token)


def new_cluster_database() -> ChdbCluster:
    """Return a server with the tables of an empty store, spread over two shards."""
    name = f"cluster_{os.getpid()}_{next(_NUMBERS)}"
    _MADE.append(name)
    bare = _default()
    bare.run(database_ddl(name, None))
    for layout, sql in zip(LAYOUTS, tables_ddl(name, None), strict=True):
        table = layout.name
        # The two parts of an insert come under one token, and would be one insert to tables that are one.
        forgetful = sql.replace("deduplication_window = 10000", "deduplication_window = 0")
        bare.run(forgetful.replace(f"`{table}`", f"`{table}_local`", 1))
        own = f"SELECT * FROM {name}.{table}_local WHERE {layout.shard} % 2 = shardNum() - 1"  # noqa: S608 - our own
        bare.run(f"CREATE VIEW {name}.{table}_own AS {own}")
        for spread, over in ((table, f"{table}_own"), (f"{table}_written", f"{table}_local")):
            engine = f"Distributed('{CLUSTER}', '{name}', '{over}', {layout.shard})"
            bare.run(f"CREATE TABLE {name}.{spread} AS {name}.{table}_local ENGINE = {engine}")
    bare.close()
    return ChdbCluster(Address(host="chdb", port=0, database=name), pause=lambda _: None)


def new_database() -> ChdbServer:
    """Return a server with the tables of an empty store."""
    name = f"store_{os.getpid()}_{next(_NUMBERS)}"
    _MADE.append(name)
    bare = _default()
    bare.run(database_ddl(name, None))
    for sql in tables_ddl(name, None):
        bare.run(sql)
    bare.close()
    return ChdbServer(Address(host="chdb", port=0, database=name), pause=lambda _: None)


def drop_databases() -> None:
    """Remove all that was made, so that the engine does not grow with the number of tests."""
    bare = _default()
    while _MADE:
        bare.run(f"DROP DATABASE IF EXISTS {_MADE.pop()} SYNC")
    bare.close()


def _default() -> ChdbServer:
    return ChdbServer(Address(host="chdb", port=0, database="default"))
