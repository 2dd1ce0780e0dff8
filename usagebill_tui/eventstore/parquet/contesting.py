"""Which of the rows that DuckDB read by itself have to be decided upon: those whose identity comes again.

All the others are accepted without a look at their content.
"""

from collections.abc import Iterable, Sequence

import duckdb

from usagebill_tui.eventstore.parquet.contents import digest_sql
from usagebill_tui.eventstore.parquet.relation import text_literal
from usagebill_tui.eventstore.parquet.taking import Taken

_KEY = "hash(id, source)"


def gather(connection: duckdb.DuckDBPyConnection, taken: Sequence[Taken]) -> None:
    """Make the view `incoming` (source, id) of the rows in the table `named` and of all that was taken."""
    parts = ["SELECT source, id FROM named"]
    if taken:
        parts.append(f"SELECT source, id FROM read_parquet({paths_literal(taken)})")
    connection.execute(f"CREATE TEMP VIEW incoming AS {' UNION ALL '.join(parts)}")


def contest(connection: duckdb.DuckDBPyConnection, taken: Sequence[Taken]) -> int:
    """Make the table `judged`: the rows of `named`, and of what was taken those whose identity comes again.

    It may come again in `incoming`, or be in `known`. Returns how many of the taken rows are not in it.
    """
    connection.execute("CREATE TEMP TABLE judged AS SELECT * FROM named")
    total = sum(part.segment.rows for part in taken)
    if not taken or not _find_contested(connection):
        return total
    for digest, parts in _by_digest(taken).items():
        connection.execute(
            f"INSERT INTO judged BY NAME SELECT 0 AS row, file, line, source, {digest} AS content, id FROM ("
            f"SELECT * FROM read_parquet({paths_literal(parts)}) r "
            f"SEMI JOIN contested c ON c.key = {_KEY})"
        )
    found = connection.execute("SELECT count(*) FROM judged WHERE row = 0").fetchone() or (0,)
    return total - int(found[0])


def paths_literal(taken: Iterable[Taken]) -> str:
    """Write the list of the files that rows were taken into."""
    return "[" + ", ".join(text_literal(str(part.path)) for part in taken) + "]"


def _find_contested(connection: duckdb.DuckDBPyConnection) -> bool:
    """Make the table `contested` of the hashes of identities that come again; tell whether there are any."""
    connection.execute(
        f"CREATE TEMP TABLE contested AS SELECT {_KEY} AS key FROM incoming GROUP BY key HAVING count(*) > 1 "
        f"UNION SELECT {_KEY} AS key FROM known"
    )
    return connection.execute("SELECT 1 FROM contested LIMIT 1").fetchone() is not None


def _by_digest(taken: Iterable[Taken]) -> dict[str, list[Taken]]:
    groups: dict[str, list[Taken]] = {}
    for part in taken:
        groups.setdefault(digest_sql(part.layout), []).append(part)
    return groups
