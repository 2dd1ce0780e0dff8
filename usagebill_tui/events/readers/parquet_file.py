"""Parquet: columns of typed values, read by DuckDB row by row and in order."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import msgspec

from usagebill_tui.errors import InvalidInput, StorageFailed
from usagebill_tui.events.expanding import check_expansion
from usagebill_tui.events.paths import split_path
from usagebill_tui.events.readers.csv_rows import MOST_COLUMNS
from usagebill_tui.events.readers.parquet_bounds import check_bounds
from usagebill_tui.events.readers.parquet_values import Convert, kind_of
from usagebill_tui.events.readers.protocol import EventReader, Record
from usagebill_tui.events.readers.text import KEPT, LIMIT, TOO_LONG

if TYPE_CHECKING:
    import duckdb

_MAGIC = b"PAR1"
_SMALLEST = 12
_MOST_DIGITS = 38  # what DuckDB keeps exact; a wider decimal would come as a double
_DAMAGED = "it may be cut off or damaged: get it again"
_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "preserve_insertion_order": "true",
}
_ENCODER = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


class Column(NamedTuple):
    """A column: its name, the keys that it is in a row, how it is asked for, how its values are made."""

    name: str
    keys: tuple[str, ...]
    sql: str
    convert: Convert | None
    type: str


@dataclass(frozen=True)
class ParquetReader(EventReader):
    """Reads Parquet. A row is what its JSON would be: a column `usage.output` is `output` inside `usage`.

    Doubles are the number of their shortest text, decimals and integers exact, times without a zone such.
    """

    name: str = "parquet"
    endings: tuple[str, ...] = (".parquet",)
    cells: bool = False

    def recognises(self, start: bytes) -> bool:
        """Tell by the file's first four bytes."""
        return start.startswith(_MAGIC)

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        """Yield the rows in the file's order; raises InvalidInput for a file that is cut off or damaged."""
        with _copied(stream, name) as path:
            with opened(path, name) as connection:
                columns = columns_of(connection, path, name)
            yield from rows_of(path, name, columns)


def rows_of(path: Path, name: str, columns: list[Column], lines: range | None = None) -> Iterator[Record]:
    """Yield a file's rows, or those of some numbers from 1, in order."""
    with opened(path, name) as connection:
        selected = ", ".join(f"CAST(c{n} AS {column.sql})" for n, column in enumerate(columns))
        aliases = ", ".join(f"c{n}" for n in range(len(columns)))
        source = f"{table_sql(path, numbered=lines is not None)} AS t({aliases})"
        some = (
            "" if lines is None else f" WHERE file_row_number BETWEEN {lines.start - 1} AND {lines.stop - 2}"
        )
        connection.execute(f"SELECT {selected} FROM {source}{some}")  # noqa: S608 - the path is quoted
        size, characters, read = path.stat().st_size, 0, 0
        while (row := connection.fetchone()) is not None:
            record, length = _record(read + (1 if lines is None else lines.start), row, columns)
            read += 1
            characters += length
            check_expansion(size, characters, name)
            yield record
        if lines is None:
            _check_count(connection, path, read, name)
        elif read != len(lines):
            raise InvalidInput("has fewer rows than are announced", where=name, mend=_DAMAGED)


def row_count(connection: "duckdb.DuckDBPyConnection", path: Path) -> int:
    """Return how many rows a file announces."""
    told = connection.execute("SELECT num_rows FROM parquet_file_metadata($1)", [str(path)]).fetchone()
    return int(told[0]) if told else 0


def copy_to(path: Path, stream: BinaryIO, name: str) -> None:
    """Copy a file, and look whether it begins and ends as it should."""
    with path.open("wb") as copy:
        shutil.copyfileobj(stream, copy, 1 << 20)
    _check_ends(path, name)


@contextmanager
def _copied(stream: BinaryIO, name: str) -> Iterator[Path]:
    """Give the file as a private copy: its bytes can be gone to and fro, and nobody changes them."""
    try:
        with tempfile.TemporaryDirectory(prefix="usagebill-") as folder:
            path = Path(folder).resolve() / "events.parquet"
            copy_to(path, stream, name)
            yield path
    except OSError as error:
        what = f"cannot be copied: {error.strerror}"
        raise StorageFailed(
            what, where=name, mend="free some space in the folder for temporary files"
        ) from error


def _check_ends(path: Path, name: str) -> None:
    size = path.stat().st_size
    if size == 0:
        raise InvalidInput("is empty", where=name, mend="name a file that holds events")
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
        file.seek(max(0, size - len(_MAGIC)))
        end = file.read()
    if start != _MAGIC:
        raise InvalidInput("is not a Parquet file", where=name, mend="say its --input-format")
    if size < _SMALLEST or end != _MAGIC:
        raise InvalidInput("the Parquet file ends too early", where=name, mend=_DAMAGED)


@contextmanager
def opened(path: Path, name: str) -> Iterator["duckdb.DuckDBPyConnection"]:
    """Open DuckDB for one file and nothing else; its failures become one clear line."""
    import duckdb

    connection = duckdb.connect(":memory:", config=_CONFIGURATION)
    try:
        connection.execute("SET TimeZone='UTC'")
        connection.execute("SET temp_directory=''")
        connection.execute("SET allowed_paths=$1", [[str(path)]])
        connection.execute("SET enable_external_access=false")
        connection.execute("SET lock_configuration=true")
        yield connection
    except duckdb.OutOfMemoryException:
        raise InvalidInput(
            "a part of the Parquet file needs more than 1 GB",
            where=name,
            mend="write it in smaller row groups",
        ) from None
    except (duckdb.Error, ValueError) as error:
        reason = str(error).splitlines()[0].replace(str(path), "the file")
        raise InvalidInput(f"the Parquet file cannot be read: {reason}", where=name, mend=_DAMAGED) from None
    except RecursionError:
        raise InvalidInput("the Parquet file's columns are nested too deep", where=name) from None
    finally:
        connection.close()


def table_sql(path: Path, *, numbered: bool = False) -> str:
    """Return the SQL of the file's rows; `numbered` adds a column with their numbers."""
    quoted = str(path).replace("'", "''")
    return f"read_parquet('{quoted}', hive_partitioning=false, file_row_number={str(numbered).lower()})"


def columns_of(connection: "duckdb.DuckDBPyConnection", path: Path, name: str) -> list[Column]:
    """Return a file's columns; raises InvalidInput where it cannot be read as rows of events."""
    schema = connection.execute(
        "SELECT name, coalesce(num_children, 0), coalesce(precision, 0) FROM parquet_schema($1)", [str(path)]
    ).fetchall()
    for column, _, digits in schema:
        if digits > _MOST_DIGITS:
            what = f"column {column!r} has decimals of {digits} digits"
            raise InvalidInput(what, where=name, mend=f"write it with at most {_MOST_DIGITS}, or as text")
    names = _top_names(schema)
    if len(names) > MOST_COLUMNS:
        raise InvalidInput(f"there are more than {MOST_COLUMNS:,} columns", where=name)
    twice = next((column for column, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise InvalidInput(f"two columns are called {twice!r}", where=name, mend="rename one of them")
    types = connection.sql(f"FROM {table_sql(path)}").types
    check_bounds(connection, path, table_sql(path, numbered=True), types, name)
    paths = [_keys(column, names) for column in names]
    kinds = [kind_of(type_) for type_ in types]
    return [
        Column(n, keys, *kind, type_.id)
        for n, keys, kind, type_ in zip(names, paths, kinds, types, strict=True)
    ]


def _top_names(schema: list[tuple[str, int, int]]) -> list[str]:
    """Return the names of a schema's columns, which stand with all that is within them, depth first."""
    names: list[str] = []
    open_members: list[int] = []
    for name, members, _ in schema:
        if len(open_members) == 1:
            names.append(name)
        if open_members:
            open_members[-1] -= 1
        open_members.append(members)
        while open_members and open_members[-1] == 0:
            open_members.pop()
    return names


def _keys(column: str, names: list[str]) -> tuple[str, ...]:
    """Return the keys of a column that is a path, itself where another column is in its way."""
    keys = split_path(column) or (column,)
    inside = {".".join(keys[:n]) for n in range(1, len(keys))}
    return (column,) if inside & set(names) or not keys else keys


def _record(line: int, row: tuple[Any, ...], columns: list[Column]) -> tuple[Record, int]:
    """Return a row, and how long its text is."""
    fields: dict[str, Any] = {}
    error: str | None = None
    for column, found in zip(columns, row, strict=True):
        value = found
        if found is not None and column.convert is not None:
            try:
                value = column.convert(found)
            except ValueError as reason:
                error = f"column {column.name!r} {reason}"
        put_at(fields, column.keys, value)
    raw = _ENCODER.encode(fields).decode()
    if len(raw) > LIMIT:
        return Record(line, raw[:KEPT], None, f"the row {TOO_LONG}"), len(raw)
    return Record(line, raw, None if error else fields, error), len(raw)


def put_at(fields: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    """Put a value where its keys say."""
    for key in keys[:-1]:
        fields = fields.setdefault(key, {})
    fields[keys[-1]] = value


def _check_count(connection: "duckdb.DuckDBPyConnection", path: Path, rows: int, name: str) -> None:
    told = row_count(connection, path)
    if told != rows:
        raise InvalidInput(f"has {rows:,} rows where {told:,} are announced", where=name, mend=_DAMAGED)
