"""Making an event store's tables on a server, and opening it; see `usagebill_tui.stores`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Engine

from usagebill_tui.errors import NotFound, Refused, StorageFailed
from usagebill_tui.eventstore.clickhouse.address import Address, check_name, read_address
from usagebill_tui.eventstore.clickhouse.schema import LAYOUTS, database_ddl, drop_ddl, tables_ddl
from usagebill_tui.eventstore.clickhouse.server import Server, Statement

if TYPE_CHECKING:
    from usagebill_tui.eventstore.protocol import EventStore


def create_store(_engine: Engine | None, address: str, *, cluster: str | None, join: bool) -> Sequence[str]:
    """Make the tables of a store, on every shard of a cluster where one is named; return the statements.

    To `join` is to use those that somebody else made: NotFound where there are none. Raises Refused where
    the database has tables already: two workspaces share nothing. All is made, or nothing is left.
    """
    where = read_address(address)
    if cluster is not None:
        check_name(cluster, "cluster")
    with _bare(where) as server:
        present = tables_in(server, where.database)
        if join:
            if present != len(LAYOUTS):
                mend = "leave --join out to make them"
                raise NotFound(f"{where.place} has no tables of an event store", mend=mend)
            return ()
        if present:
            mend = "give another database, or --join to share the workspace that it belongs to"
            raise Refused("it holds the events of a workspace already", where=where.place, mend=mend)
        return _make(server, where.database, cluster)


def open_store(engine: Engine, address: str, folder: Path) -> "EventStore":
    """Open a store; nothing is connected to before something is asked. `folder` is for staging."""
    where = read_address(address)
    _check_driver()
    from usagebill_tui.eventstore.clickhouse.store import ClickHouseEventStore

    return ClickHouseEventStore(engine, Server(where), folder)


def tables_in(server: Server, database: str) -> int:
    """Return how many of a store's tables a database has."""
    names = ", ".join(f"'{layout.name}'" for layout in LAYOUTS)
    sql = f"SELECT count() FROM system.tables WHERE database = %(database)s AND name IN ({names})"
    return int(server.value(Statement(sql=sql, parameters={"database": database})))


def _make(server: Server, database: str, cluster: str | None) -> list[str]:
    made: list[str] = []
    known = Statement(
        sql="SELECT count() FROM system.databases WHERE name = %(name)s", parameters={"name": database}
    )
    # A user who may make tables may well not make databases.
    first = [] if server.value(known) and cluster is None else [database_ddl(database, cluster)]
    try:
        for sql in [*first, *tables_ddl(database, cluster)]:
            server.run(sql)
            made.append(sql)
    except BaseException:
        for sql in drop_ddl(database, cluster):
            with suppress(StorageFailed):
                server.run(sql)
        raise
    return made


@contextmanager
def _bare(where: Address) -> Iterator[Server]:
    """Give the server without its database, which may not exist yet."""
    _check_driver()
    server = Server(msgspec.structs.replace(where, database=""))
    server.place = where.place
    try:
        yield server
    finally:
        server.close()


def _check_driver() -> None:
    if find_spec("clickhouse_connect") is None:
        mend = "pip install 'usagebill_tui[clickhouse]'"
        raise StorageFailed("ClickHouse's driver, clickhouse-connect, is not installed", mend=mend)
