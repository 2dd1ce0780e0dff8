"""Any table as a Parquet file: exact decimals, instants in UTC."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import duckdb
import msgspec

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.connection import connected
from usagebill_tui.eventstore.parquet.files import OPTIONS
from usagebill_tui.eventstore.parquet.relation import quoted, text_literal

Kind = Literal["text", "number", "count", "instant"]

_PLACE = " place"  # no column of a table begins with a space
_STAGED: dict[Kind, str] = {"text": "VARCHAR", "number": "VARCHAR", "count": "BIGINT", "instant": "BIGINT"}
_FINAL: dict[Kind, str] = {
    "text": "{}",
    "number": "CAST({} AS DECIMAL(38,18))",
    "count": "{}",
    "instant": "make_timestamptz({})",
}


def parquet_bytes(columns: Mapping[str, Kind], rows: Iterable[Mapping[str, str | int | None]]) -> bytes:
    """Return rows as a Parquet file, in their order.

    A `number` is given as text of at most 20 digits before and 18 after the point, and becomes
    DECIMAL(38,18); an `instant` is given in microseconds since 1970 and becomes a timestamp in UTC.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="usagebill-") as name:
            folder = Path(name).resolve()
            longest = _spool(folder / "rows.jsonl", rows)
            with connected([folder]) as connection:
                _convert(connection, folder, columns, longest)
            return (folder / "table.parquet").read_bytes()
    except OSError as error:
        mend = "free some space in the folder for temporary files"
        raise StorageFailed(f"cannot write: {error.strerror}", where=error.filename, mend=mend) from error


def _spool(path: Path, rows: Iterable[Mapping[str, str | int | None]]) -> int:
    """Write rows as JSON Lines; return the size of a buffer that holds the longest."""
    longest = 1 << 20
    with path.open("wb") as output:
        for number, row in enumerate(rows):
            line = msgspec.json.encode({_PLACE: number, **row}) + b"\n"
            longest = max(longest, len(line))
            output.write(line)
    return longest


def _convert(
    connection: duckdb.DuckDBPyConnection, folder: Path, columns: Mapping[str, Kind], longest: int
) -> None:
    staged = ", ".join(f"{text_literal(name)}: '{_STAGED[kind]}'" for name, kind in columns.items())
    final = ", ".join(
        f"{_FINAL[kind].format(quoted(name))} AS {quoted(name)}" for name, kind in columns.items()
    )
    rows = (
        f"read_json({text_literal(str(folder / 'rows.jsonl'))}, format='newline_delimited', "
        f"maximum_object_size={longest}, columns={{'{_PLACE}': 'BIGINT', {staged}}})"
    )
    target = text_literal(str(folder / "table.parquet"))
    connection.execute(f'COPY (SELECT {final} FROM {rows} ORDER BY "{_PLACE}") TO {target} {OPTIONS}')
