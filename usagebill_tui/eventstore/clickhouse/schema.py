"""The tables of an event store in ClickHouse, on one server or on every shard of a cluster.

On a cluster each table is a `Distributed` one over a replicated one, named with `_local`, in which each shard
keeps the rows of its accounts: what an account used is added up where it lies. Claims have no account; they
lie by identity.
"""

from collections.abc import Iterator

import msgspec

_NUMBER = "Decimal(38, 18)"
_PATH = "LowCardinality(String)"
_IDENTITY = (
    ("batch", "UInt64"),
    ("source", "String"),
    ("id", "String"),
)
_WHAT = (
    ("account", "String"),
    ("metric", "LowCardinality(String)"),
    ("timestamp", "Int64 CODEC(Delta, ZSTD)"),
)
_KEYED = (("content", "UUID"), ("identity", "UInt64"))
_PROPERTIES = (
    ("numbers", f"Map({_PATH}, {_NUMBER})"),
    ("texts", f"Map({_PATH}, String)"),
    ("others", f"Map({_PATH}, String)"),
)
_BY_BATCH = "INDEX by_batch batch TYPE minmax GRANULARITY 1"
_BY_IDENTITY = "PROJECTION by_identity (SELECT identity, batch, source, id, content ORDER BY identity)"
_MONTH = "toYYYYMM(fromUnixTimestamp64Micro(timestamp, 'UTC'))"
_WINDOW = 10_000
"""How many inserts a table remembers the tokens of, to know one that is sent again."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A table: its columns, further parts, keys, and by what its rows are spread over shards."""

    name: str
    columns: tuple[tuple[str, str], ...]
    extras: tuple[str, ...] = (_BY_BATCH,)
    partition: str | None = _MONTH
    order: str = "metric, account, timestamp"
    shard: str = "cityHash64(account)"

    @property
    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [name for name, _ in self.columns]


EVENTS = Layout(
    name="events",
    columns=(*_IDENTITY, *_WHAT, *_KEYED, *_PROPERTIES),
    extras=(_BY_BATCH, _BY_IDENTITY),
)
CONFLICTS = Layout(
    name="conflicts",
    columns=(*_IDENTITY, *_WHAT, *_KEYED, *_PROPERTIES),
    extras=(_BY_BATCH, _BY_IDENTITY),
)
CLAIMS = Layout(
    name="claims",
    columns=(*_IDENTITY, *_KEYED),
    partition=None,
    order="identity",
    shard="identity",
)
HIDES = Layout(
    name="hides",
    columns=(*_IDENTITY, *_WHAT, *_KEYED, ("hidden_by", "UInt64")),
    extras=("INDEX by_hiding hidden_by TYPE minmax GRANULARITY 1",),
)
LAYOUTS: tuple[Layout, ...] = (EVENTS, CLAIMS, CONFLICTS, HIDES)


def database_ddl(database: str, cluster: str | None) -> str:
    """Return the statement that makes the database, where there is none."""
    return f"CREATE DATABASE IF NOT EXISTS {_quoted(database)}{_on(cluster)}"


def tables_ddl(database: str, cluster: str | None) -> Iterator[str]:
    """Yield the statements that make the tables of a store, in their order."""
    for layout in LAYOUTS:
        if cluster is None:
            yield _table(database, layout, layout.name, None)
        else:
            yield _table(database, layout, f"{layout.name}_local", cluster)
            yield _distributed(database, layout, cluster)


def drop_ddl(database: str, cluster: str | None) -> Iterator[str]:
    """Yield the statements that remove the tables of a store."""
    for layout in LAYOUTS:
        names = [layout.name] if cluster is None else [layout.name, f"{layout.name}_local"]
        for name in names:
            yield f"DROP TABLE IF EXISTS {_quoted(database)}.{_quoted(name)}{_on(cluster)} SYNC"


def _table(database: str, layout: Layout, name: str, cluster: str | None) -> str:
    lines = [*(f"{column} {kind}" for column, kind in layout.columns), *layout.extras]
    body = ",\n    ".join(lines)
    prefix = "non_replicated" if cluster is None else "replicated"
    partition = "" if layout.partition is None else f"PARTITION BY {layout.partition}\n"
    return (
        f"CREATE TABLE {_quoted(database)}.{_quoted(name)}{_on(cluster)}\n(\n    {body}\n)\n"
        f"ENGINE = {_engine(layout, cluster)}\n{partition}ORDER BY ({layout.order})\n"
        f"SETTINGS {prefix}_deduplication_window = {_WINDOW}"
    )


def _engine(layout: Layout, cluster: str | None) -> str:
    if cluster is None:
        return "MergeTree"
    path = "/clickhouse/tables/{shard}/{database}/" + layout.name
    return f"ReplicatedMergeTree('{path}', '{{replica}}')"


def _distributed(database: str, layout: Layout, cluster: str) -> str:
    place = f"{_quoted(database)}.{_quoted(layout.name)}"
    local = f"{_quoted(database)}.{_quoted(layout.name + '_local')}"
    arguments = f"'{cluster}', '{database}', '{layout.name}_local', {layout.shard}"
    return f"CREATE TABLE {place}{_on(cluster)} AS {local}\nENGINE = Distributed({arguments})"


def _on(cluster: str | None) -> str:
    return "" if cluster is None else f" ON CLUSTER {_quoted(cluster)}"


def _quoted(name: str) -> str:
    return f"`{name}`"
