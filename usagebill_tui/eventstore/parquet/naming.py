"""Naming the rows that have no id: by their content, and by their place among equal rows of their file."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from usagebill_tui.eventstore.parquet.contesting import paths_literal
from usagebill_tui.eventstore.parquet.deciding import name_rows
from usagebill_tui.eventstore.parquet.files import BULK_OPTIONS, make_private, settled
from usagebill_tui.eventstore.parquet.relation import text_literal
from usagebill_tui.eventstore.parquet.taking import Taken

_NAMED = "row, file, line, source, id, content"


def name_all(connection: duckdb.DuckDBPyConnection, staged: str, taken: Sequence[Taken]) -> list[Taken]:
    """Make the table `named` of the staged rows, and return what was taken with right ids.

    Rows were taken under the id of the first with their content. Where there are others, in the same file,
    the files that hold them are written again.
    """
    nameless = [part for part in taken if not part.named]
    if not nameless or not _find_repeated(connection, staged, nameless):
        name_rows(connection, staged)
        return list(taken)
    equal = (
        "SELECT 0::BIGINT AS row, file, line, source, NULL AS id, content "
        f"FROM read_parquet({paths_literal(nameless)}) r SEMI JOIN repeated USING (file, content)"
    )
    name_rows(connection, f"SELECT {_NAMED} FROM ({staged}) UNION ALL {equal}")
    connection.execute(
        "CREATE TEMP TABLE renamed AS SELECT file, line, id FROM named "
        "WHERE row = 0 AND id <> concat('content-', content)"
    )
    connection.execute("DELETE FROM named WHERE row = 0")
    return [part if part.named else _renamed(connection, part) for part in taken]


def _find_repeated(connection: duckdb.DuckDBPyConnection, staged: str, nameless: Sequence[Taken]) -> bool:
    """Make the table `repeated` of contents that several rows of a file have; tell whether there are any."""
    connection.execute(
        "CREATE TEMP TABLE repeated AS SELECT file, content FROM ("
        f"SELECT file, content FROM ({staged}) WHERE id IS NULL UNION ALL "
        f"SELECT file, content FROM read_parquet({paths_literal(nameless)})"
        ") GROUP BY file, content HAVING count(*) > 1"
    )
    return connection.execute("SELECT 1 FROM repeated LIMIT 1").fetchone() is not None


def _renamed(connection: duckdb.DuckDBPyConnection, part: Taken) -> Taken:
    """Return a part in which the rows that are `renamed` have their new ids."""
    here = f"file = {part.file:d} AND line BETWEEN {part.first:d} AND {part.last:d}"
    new = f"SELECT line, id FROM renamed WHERE {here}"
    if connection.execute(f"{new} LIMIT 1").fetchone() is None:
        return part
    path = _beside(part.path)
    make_private(path)
    rows = (
        "SELECT s.* REPLACE (coalesce(n.id, s.id) AS id) "
        f"FROM read_parquet({text_literal(str(part.path))}) s LEFT JOIN ({new}) n ON n.line = s.line"
    )
    connection.execute(f"COPY ({rows}) TO {text_literal(str(path))} {BULK_OPTIONS}")
    segment = settled(connection, path, "events", part.layout)
    part.path.unlink()
    return part if segment is None else msgspec.structs.replace(part, path=path, segment=segment, keys=None)


def _beside(path: Path) -> Path:
    return path.with_name(f"named-{path.name}")
