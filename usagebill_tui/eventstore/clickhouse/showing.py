"""Some of the conflicts of an import, each with what counts and what came."""

from collections.abc import Sequence

import duckdb

from usagebill_tui.eventstore.clickhouse.lookup import is_sought, sought_in
from usagebill_tui.eventstore.clickhouse.reading import found, whole
from usagebill_tui.eventstore.clickhouse.relation import EVENTS, Visible, counting
from usagebill_tui.eventstore.clickhouse.server import Server
from usagebill_tui.eventstore.parquet.importing import conflicts_shown
from usagebill_tui.eventstore.parquet.staging import Staging
from usagebill_tui.eventstore.parquet.taking import Taken
from usagebill_tui.eventstore.types import Conflict, StoredEvent


def examples(
    server: Server,
    connection: duckdb.DuckDBPyConnection,
    staging: Staging,
    taken: Sequence[Taken],
    visible: Visible,
    names: Sequence[str],
) -> tuple[Conflict, ...]:
    """Return the first conflicts of what is decided."""

    def stored(keys: Sequence[tuple[str, str]]) -> Sequence[StoredEvent]:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE shown AS "
            "SELECT unnest($1::VARCHAR[]) AS source, unnest($2::VARCHAR[]) AS id",
            [[source for source, _ in keys], [identity for _, identity in keys]],
        )
        events = EVENTS.alias("e")
        counted = counting(visible, events, lambda rows: [is_sought(rows.identity)])
        given = [sought_in(connection, staging.folder, "shown"), *counted.given]
        query = whole(events).where(counted.condition)
        return [event for event in found(server, query, given) if (event.source, event.id) in set(keys)]

    return conflicts_shown(connection, staging, taken, names, stored)
