"""Deciding, inside DuckDB, what each staged row is: accepted, a duplicate or a conflict.

A row is identified by (source, id). Among rows of one import with one identity and different contents the
one with the smallest digest counts, so that the order of rows does not matter.
"""

import duckdb

from usagebill_tui.errors import InvalidInput
from usagebill_tui.eventstore.types import OnConflict
from usagebill_tui.store.manifest import Counts


def name_rows(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Make the table `named`: the identity and content of each staged row.

    Rows without an id are named by their content and their place among equal rows of the same file.
    """
    connection.execute(
        f"""
        CREATE TEMP TABLE named AS
        SELECT row, file, line, source, content,
            coalesce(id, 'content-' || content || CASE WHEN place > 1 THEN '-' || place ELSE '' END) AS id
        FROM (
            SELECT row, file, line, source, id, content,
                CASE WHEN id IS NULL
                    THEN row_number() OVER (PARTITION BY file, content, id IS NULL ORDER BY line, row)
                END AS place
            FROM ({rows})
        )
        """
    )


def decide(connection: duckdb.DuckDBPyConnection, on_conflict: OnConflict) -> None:
    """Make the table `decided`: `judged` with what each row is, and, for replaced events, their `batch`.

    The table `known` holds the events that count now and are in `judged` too.
    """
    first_conflict = "'replacing'" if on_conflict == "replace" else "'conflict'"
    connection.execute(
        f"""
        CREATE TEMP TABLE decided AS
        SELECT i.*, k.batch AS known_batch,
            CASE
                WHEN k.content IS NULL AND copy = 1 THEN 'accepted'
                WHEN i.content = coalesce(k.content, winner) THEN 'duplicate'
                WHEN k.content IS NOT NULL AND copy = 1 THEN {first_conflict}
                ELSE 'conflict'
            END AS role
        FROM (
            SELECT *,
                min(content) OVER (PARTITION BY source, id) AS winner,
                row_number() OVER (PARTITION BY source, id ORDER BY content, file, line, row) AS copy
            FROM judged
        ) i
        LEFT JOIN known k ON k.source = i.source AND k.id = i.id
        """
    )


def counted(connection: duckdb.DuckDBPyConnection, *, undisputed: int, rejected: int, rounded: int) -> Counts:
    """Return the counts of a decided import; `undisputed` rows were accepted without being in `decided`."""
    roles: dict[str, int] = dict(
        connection.execute("SELECT role, count(*) FROM decided GROUP BY role").fetchall()
    )
    accepted, duplicates = roles.get("accepted", 0) + undisputed, roles.get("duplicate", 0)
    conflicts = roles.get("conflict", 0) + roles.get("replacing", 0)
    read = accepted + duplicates + conflicts + rejected
    return Counts(read, accepted, duplicates, conflicts, rejected, rounded)


def refuse_conflicts(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """Raise InvalidInput at the first conflict, naming it."""
    row = connection.execute(
        "SELECT file, line, source, id FROM decided WHERE role = 'conflict' ORDER BY file, line, row LIMIT 1"
    ).fetchone()
    if row is None:
        return
    file, line, source, identity = row
    label = f"{source}/{identity}" if source else identity
    raise InvalidInput(
        f"event {label!r} was delivered before with other content, and --on-conflict is fail",
        where=f"{names[file]}, line {line}",
        mend="nothing was imported; mend the file, or use --on-conflict keep-first or replace",
    )
