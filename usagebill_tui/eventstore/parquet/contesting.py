"""Which of the rows that DuckDB read by itself have to be decided upon: those whose identity comes again.

All the others are accepted without a look at their content.
"""

from collections.abc import Iterable, Sequence

import duckdb

from usagebill_tui.eventstore.parquet import identities
from usagebill_tui.eventstore.parquet.contents import digest_sql
from usagebill_tui.eventstore.parquet.relation import text_literal
from usagebill_tui.eventstore.parquet.taking import Taken


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
    if not taken or not _find_contested(connection, taken):
        return total
    for digest, parts in _by_digest(taken).items():
        connection.execute(
            f"INSERT INTO judged BY NAME SELECT 0 AS row, file, line, source, {digest} AS content, id FROM ("
            f"SELECT * FROM read_parquet({paths_literal(parts)}) r "
            f"SEMI JOIN contested c ON c.key = {identities.KEY})"
        )
    found = connection.execute("SELECT count(*) FROM judged WHERE row = 0").fetchone() or (0,)
    return total - int(found[0])


def paths_literal(taken: Iterable[Taken]) -> str:
    """Write the list of the files that rows were taken into."""
    return "[" + ", ".join(text_literal(str(part.path)) for part in taken) + "]"


def _find_contested(connection: duckdb.DuckDBPyConnection, taken: Sequence[Taken]) -> bool:
    """Make the table `contested` of the keys of identities that come again; tell whether there are any.

    Keys that are written already are sorted: putting them in order is quicker than counting each.
    """
    parts = [f"SELECT {identities.KEY} AS key FROM named"]
    unkeyed = [part for part in taken if part.keys is None]
    if unkeyed:
        parts.append(f"SELECT {identities.KEY} AS key FROM read_parquet({paths_literal(unkeyed)})")
    keyed = ", ".join(text_literal(str(part.keys[0])) for part in taken if part.keys is not None)
    if keyed:
        parts.append(f"SELECT key FROM read_parquet([{keyed}])")
    beside = f"SELECT key, lag(key) OVER (ORDER BY key) AS before FROM ({' UNION ALL '.join(parts)})"
    connection.execute(
        f"CREATE TEMP TABLE contested AS SELECT key FROM ({beside}) WHERE key = before "
        f"UNION SELECT {identities.KEY} AS key FROM known"
    )
    return connection.execute("SELECT 1 FROM contested LIMIT 1").fetchone() is not None


def _by_digest(taken: Iterable[Taken]) -> dict[str, list[Taken]]:
    groups: dict[str, list[Taken]] = {}
    for part in taken:
        groups.setdefault(digest_sql(part.layout), []).append(part)
    return groups
