"""Finding stored events by identity: what is looked for is sent as a table of 64-bit numbers."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from sqlalchemy import ColumnElement, Select, column, func, select, table

from usagebill_tui.eventstore.clickhouse.dialect import statement
from usagebill_tui.eventstore.clickhouse.relation import EVENTS, Visible, among, counting
from usagebill_tui.eventstore.clickhouse.rows import identity_sql
from usagebill_tui.eventstore.clickhouse.server import Given, Server
from usagebill_tui.eventstore.parquet.relation import text_literal

SOUGHT = table("sought", column("identity"))
_STRUCTURE = "identity UInt64"


def known_identities(
    server: Server, connection: duckdb.DuckDBPyConnection, folder: Path, visible: Visible
) -> None:
    """Make the table `known` (source, id, content, batch) of the events that count and are in `incoming`."""
    connection.execute("CREATE TEMP TABLE known (source VARCHAR, id VARCHAR, content UUID, batch BIGINT)")
    if not visible.events:
        return
    events = EVENTS.alias("e")
    counted = counting(visible, events, lambda rows: [is_sought(rows.identity)])
    found = select(
        events.c.source, events.c.id, func.toString(events.c.content).label("digest"), events.c.batch
    ).where(counted.condition)
    sought = sought_in(connection, folder, "incoming")
    rows = fetched(server, folder, found, [sought, *counted.given])
    connection.execute(
        f"INSERT INTO known SELECT k.source, k.id, CAST(k.digest AS UUID), k.batch FROM {rows} k "
        "SEMI JOIN incoming i ON i.source = k.source AND i.id = k.id"
    )


def locate(
    server: Server,
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    visible: Visible,
    sought: str,
) -> None:
    """Make the table `located` of events: batch, source, id, account, metric, timestamp, content.

    They are those that count and whose identity is among the rows (source, id) of `sought`.
    """
    events = EVENTS.alias("e")
    counted = counting(visible, events, lambda rows: [is_sought(rows.identity)])
    c = events.c
    found = select(
        c.batch,
        c.source,
        c.id,
        c.account,
        func.toString(c.metric).label("code"),
        c.timestamp,
        func.toString(c.content).label("digest"),
    ).where(counted.condition)
    given = [sought_in(connection, folder, sought), *counted.given]
    rows = fetched(server, folder, found, given)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE located AS SELECT k.batch, k.source, k.id, k.account, "
        f"k.code AS metric, k.timestamp, CAST(k.digest AS UUID) AS content FROM {rows} k "
        f"SEMI JOIN ({sought}) i ON i.source = k.source AND i.id = k.id"
    )


def is_sought(identity: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that an identity is in the table that is sent along."""
    return among(identity, select(SOUGHT.c.identity).scalar_subquery())


def sought_in(connection: duckdb.DuckDBPyConnection, folder: Path, rows: str) -> Given:
    """Return the table of the identities of rows (source, id), to be sent along."""
    path = folder / "sought.parquet"
    source = rows if rows.isidentifier() else f"({rows})"
    connection.execute(
        f"COPY (SELECT DISTINCT {identity_sql('source', 'id')} AS identity FROM {source}) "
        f"TO {text_literal(str(path))} (FORMAT parquet)"
    )
    return Given(name=SOUGHT.name, structure=_STRUCTURE, data=path.read_bytes(), format="Parquet")


def fetched(server: Server, folder: Path, query: Select[tuple[object, ...]], given: Sequence[Given]) -> str:
    """Fetch the rows of a select into a file, and return the SQL by which DuckDB reads it."""
    number = len(list(folder.glob("fetched-*.parquet")))
    path = folder / f"fetched-{number}.parquet"
    wanted = statement(query, given)
    server.fetch(wanted, path)
    return f"read_parquet({text_literal(str(path))})"
