"""What rows say, all of it, as one number for each batch: computed by the server and by DuckDB alike."""

from collections.abc import Mapping
from typing import NamedTuple

import duckdb

from usagebill_tui.eventstore.clickhouse.sending import LAYOUTS, batch_column
from usagebill_tui.eventstore.clickhouse.server import Server, Statement
from usagebill_tui.store.manifest import SegmentKind

_MAPS = ("numbers", "texts", "others")
_DERIVED = {"identity", "account", "metric", "timestamp", "content"}
"""What of a hidden event is told by its batch, source and id."""


class Digest(NamedTuple):
    """How many rows, and the sum of 64 bits of the digest of each."""

    rows: int
    total: int


Digests = Mapping[int, Digest]
"""By the batch that brought the rows."""


def digests_on(server: Server, kind: SegmentKind, condition: str) -> dict[int, Digest]:
    """Return what the server's rows say."""
    parts = [f"toString({name})" for name in _plain(kind)]
    parts += [_server_map(name) for name in _MAPS if name in LAYOUTS[kind].names]
    text = ", '|', ".join(parts)
    total = f"sum(toUInt256(reinterpretAsUInt64(reverse(substring(MD5(concat({text})), 1, 8)))))"
    columns = f"{batch_column(kind)} AS brought_by, count(), toString({total})"
    sql = f"SELECT {columns} FROM {LAYOUTS[kind].name} WHERE {condition} GROUP BY brought_by"
    found = server.rows(Statement(sql=sql))
    return {int(batch): Digest(int(rows), int(total)) for batch, rows, total in found}


def digests_of(connection: duckdb.DuckDBPyConnection, kind: SegmentKind, rows: str) -> dict[int, Digest]:
    """Return what the rows of a query say, which has the columns that the server's table has."""
    parts = [f"{name}::VARCHAR" for name in _plain(kind)]
    parts += [_local_map(name) for name in _MAPS if name in LAYOUTS[kind].names]
    text = ", '|', ".join(parts)
    total = f"sum(('0x' || left(md5(concat({text})), 16))::UBIGINT)::VARCHAR"
    found = connection.execute(
        f"SELECT {batch_column(kind)} AS brought_by, count(*), {total} FROM ({rows}) GROUP BY brought_by"
    ).fetchall()
    return {int(batch): Digest(int(count), int(total)) for batch, count, total in found}


def _plain(kind: SegmentKind) -> list[str]:
    left_out = {*_MAPS, "identity", *(_DERIVED if kind == "hides" else ())}
    return [name for name in LAYOUTS[kind].names if name not in left_out]


def _server_map(name: str) -> str:
    kind = "Decimal(38, 18)" if name == "numbers" else "String"
    entries = f"arraySort(CAST({name} AS Array(Tuple(String, {kind}))))"
    key, value = "toString(length(x.1)), ':', x.1", "toString(length(toString(x.2))), ':', toString(x.2)"
    return f"arrayStringConcat(arrayMap(x -> concat({key}, '=', {value}), {entries}))"


def _local_map(name: str) -> str:
    plain = "rtrim(rtrim(x.value::VARCHAR, '0'), '.')" if name == "numbers" else "x.value"
    key, value = "strlen(x.key), ':', x.key", f"strlen({plain}), ':', {plain}"
    entries = f"list_sort(map_entries({name}))"
    return f"array_to_string(list_transform({entries}, lambda x: concat({key}, '=', {value})), '')"
