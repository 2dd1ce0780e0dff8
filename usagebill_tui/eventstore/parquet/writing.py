"""Writing a batch: what was decided, as segments."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.parquet.files import (
    BULK_OPTIONS,
    Part,
    adopt,
    forget,
    write_segment,
    write_segments,
)
from usagebill_tui.eventstore.parquet.identities import with_keys
from usagebill_tui.eventstore.parquet.layout import FIXED
from usagebill_tui.eventstore.parquet.relation import text_literal
from usagebill_tui.eventstore.parquet.staging import Staging, property_columns
from usagebill_tui.eventstore.parquet.taking import Taken
from usagebill_tui.store.manifest import Columns, Segment

_KEPT = "('accepted', 'replacing')"
_DROPPED = f"role NOT IN {_KEPT} AND row = 0"


def write_batch(
    connection: duckdb.DuckDBPyConnection, folder: Path, staging: Staging, taken: Sequence[Taken], batch: int
) -> list[Segment]:
    """Write what is `decided` of the staged rows, and what was taken, but for the rows that do not count.

    Returns the manifest entries; where anything fails, none of the files is left.
    """
    written = write_segments(connection, folder, _parts(connection, staging, taken, batch))
    try:
        for part in taken:
            if _drops(connection, part):
                fewer = _write_without(connection, folder, part)
                written += [] if fewer is None else [fewer]
            else:
                for path, segment in [(part.path, part.segment), *([part.keys] if part.keys else [])]:
                    written.append(segment)
                    adopt(path, folder, segment)
    except BaseException:
        forget(folder, written)
        raise
    return with_keys(connection, folder, written)


def _parts(
    connection: duckdb.DuckDBPyConnection, staging: Staging, taken: Sequence[Taken], batch: int
) -> list[Part]:
    roles = {role for (role,) in connection.execute("SELECT DISTINCT role FROM decided").fetchall()}
    kept = _rows(*staging.rows_with([]), batch)
    everything, wide = staging.rows_with([(part.path, part.layout) for part in taken])
    identities = f"SELECT {batch}::BIGINT AS batch, source, id"
    claims = f"{identities}, content FROM decided WHERE role = 'duplicate'"
    hidden = f"SELECT known_batch AS batch, source, id, {batch}::BIGINT AS hidden_by FROM decided"
    parts: list[Part] = []
    if staging.has_rows and roles & {"accepted", "replacing"}:
        wanted = f"WHERE d.role IN {_KEPT} ORDER BY s.metric, s.account, s.timestamp"
        parts.append(("events", f"{kept} {wanted}", staging.layout))
    if "duplicate" in roles:
        parts.append(("claims", claims, {}))
    if "conflict" in roles:
        parts.append(("conflicts", f"{_rows(everything, wide, batch)} WHERE d.role = 'conflict'", wide))
    if "replacing" in roles:
        parts.append(("hides", f"{hidden} WHERE role = 'replacing'", {}))
    return parts


def _rows(rows: str, layout: Mapping[str, Columns], batch: int) -> str:
    """Return the SQL of rows that are decided, as they are stored."""
    properties = "".join(f", s.{column}" for column in property_columns(layout))
    return (
        f"SELECT {batch}::BIGINT AS batch, d.source, d.id, s.account, s.metric, s.timestamp, "
        f"coalesce(s.content, d.content) AS content{properties} "
        f"FROM ({rows}) s JOIN decided d ON d.file = s.file AND d.line = s.line AND d.row = s.row"
    )


def _drops(connection: duckdb.DuckDBPyConnection, part: Taken) -> bool:
    """Tell whether any of the rows that were taken does not count."""
    found = connection.execute(
        f"SELECT 1 FROM decided WHERE {_DROPPED} AND file = $1 AND line BETWEEN $2 AND $3 LIMIT 1",
        [part.file, part.first, part.last],
    )
    return found.fetchone() is not None


def _write_without(connection: duckdb.DuckDBPyConnection, folder: Path, part: Taken) -> Segment | None:
    """Write those of the rows that were taken that count."""
    columns = ", ".join(f"s.{column}" for column in [*FIXED, *property_columns(part.layout)])
    query = (
        f"SELECT {columns} FROM read_parquet({text_literal(str(part.path))}) s "
        f"ANTI JOIN (SELECT line FROM decided WHERE {_DROPPED} AND file = {part.file:d}) d ON d.line = s.line"
    )
    return write_segment(connection, folder, "events", query, part.layout, options=BULK_OPTIONS)
