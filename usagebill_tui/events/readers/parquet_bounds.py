"""How much a Parquet file would expand to, found out before it does."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.expanding import check_expansion

if TYPE_CHECKING:
    import duckdb
    from duckdb.sqltypes import DuckDBPyType

_VECTOR = 2_048
"""DuckDB hands on so many rows at once, each text of theirs written out."""
_MOST_BYTES = 512 * 1024 * 1024
_LEAST_CHARACTERS = 2  # a value and what separates it from the next


def check_bounds(
    connection: "duckdb.DuckDBPyConnection",
    path: Path,
    table: str,
    types: Sequence["DuckDBPyType"],
    name: str,
) -> None:
    """Raise InvalidInput for a file whose rows would fill the memory, or far exceed its size."""
    size = path.stat().st_size
    told = "SELECT sum(total_uncompressed_size), sum(num_values) FROM parquet_metadata($1)"
    unpacked, values = _one(connection, told, [str(path)])
    check_expansion(size, max(unpacked, values * _LEAST_CHARACTERS), name)
    lengths = [length for n, type_ in enumerate(types) if (length := _length(f"c{n}", type_, 0))]
    if not lengths:
        return
    aliases = ", ".join([*(f"c{n}" for n in range(len(types))), "row"])
    text = " + ".join(lengths)
    groups = f"SELECT sum({text}) AS s FROM {table} AS t({aliases}) GROUP BY row // {_VECTOR}"  # noqa: S608 - made of our own names
    total, most = _one(connection, f"SELECT sum(s), max(s) FROM ({groups})", [])  # noqa: S608 - likewise
    check_expansion(size, total, name)
    if most > _MOST_BYTES:
        what = f"{_VECTOR:,} rows on end hold more than {_MOST_BYTES >> 20} MiB of text"
        raise InvalidInput(what, where=name, mend="leave out the column with the long texts")


def _one(connection: "duckdb.DuckDBPyConnection", query: str, parameters: list[str]) -> tuple[int, int]:
    row: tuple[Any, ...] = connection.execute(query, parameters).fetchone() or (0, 0)
    return int(row[0] or 0), int(row[1] or 0)


def _length(value: str, type_: "DuckDBPyType", depth: int) -> str:
    """Return the SQL of how many bytes of text a value holds; none where its type holds no text."""
    if type_.id == "varchar":
        return f"coalesce(strlen({value}::VARCHAR), 0)"
    if type_.id == "blob":
        return f"coalesce(octet_length({value}), 0)"
    if type_.id not in ("struct", "list", "array", "map"):
        return ""
    parts: dict[str, Any] = dict(type_.children)
    if type_.id == "struct":
        return _added(_length(f"struct_extract({value}, {_text(key)})", parts[key], depth) for key in parts)
    element = f"e{depth}"
    if type_.id == "map":
        inner = _added(_length(f"{element}.{part}", parts[part], depth + 1) for part in ("key", "value"))
        return _summed(f"map_entries({value})", element, inner)
    return _summed(value, element, _length(element, parts["child"], depth + 1))


def _added(lengths: Iterable[str]) -> str:
    return " + ".join(filter(None, lengths))


def _summed(value: str, element: str, length: str) -> str:
    return f"coalesce(list_sum(list_transform({value}, lambda {element}: {length})), 0)" if length else ""


def _text(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"
