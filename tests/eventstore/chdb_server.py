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
from usagebill_tui.eventstore.clickhouse.schema import database_ddl, drop_ddl, tables_ddl
from usagebill_tui.eventstore.clickhouse.server import SETTINGS, Given, Row, Server, Statement

_NUMBERS = itertools.count()
SKIPPED = {"insert_quorum", "insert_quorum_parallel"}
"""Settings of replicated tables, for which chDB has no Keeper."""


@cache
def engine_path() -> str:
    """Return the one folder that chDB may have in a process; it vanishes with the process."""
    folder = tempfile.mkdtemp(prefix="chdb-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class ChdbServer(Server):
    """A server that is chDB. It takes no tables along, so they are made as temporary ones."""

    def _connect(self) -> Any:
        import clickhouse_connect

        settings: dict[str, Any] = {n: value for n, value in SETTINGS.items() if n not in SKIPPED}
        settings["max_threads"] = 2
        client = clickhouse_connect.get_client(interface="chdb", path=engine_path(), settings=settings)
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


def new_database() -> ChdbServer:
    """Return a server with the tables of an empty store."""
    name = f"store_{os.getpid()}_{next(_NUMBERS)}"
    bare = ChdbServer(Address(host="chdb", port=0, database="default"))
    bare.run(database_ddl(name, None))
    for sql in tables_ddl(name, None):
        bare.run(sql)
    bare.close()
    return ChdbServer(Address(host="chdb", port=0, database=name), pause=lambda _: None)


def drop_database(server: Server) -> None:
    """Remove a store's tables."""
    for sql in drop_ddl(server.address.database, None):
        server.run(sql)
    server.close()
