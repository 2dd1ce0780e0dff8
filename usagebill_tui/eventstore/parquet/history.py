"""The past of events in segments: what was replaced, what never counted, what was taken back."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Engine

from usagebill_tui.eventstore.history import Fate, Key, Version, fate, version_status
from usagebill_tui.eventstore.parquet.connection import Shared
from usagebill_tui.eventstore.parquet.held import held, span_of
from usagebill_tui.eventstore.parquet.layout import FIXED, merged
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.eventstore.parquet.reading import conditions_of, stored_event
from usagebill_tui.eventstore.parquet.relation import hides_sql, rows_sql
from usagebill_tui.eventstore.parquet.staging import property_columns, widened
from usagebill_tui.eventstore.parquet.usage import find_matching
from usagebill_tui.eventstore.types import Question, Search
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Batch, Columns, Segment, batches, snapshot

_BATCH = 2_000
_KEYS = ("batch", "source", "id")


class ParquetHistory:
    """The past of the events in a folder of segments that the manifest behind `engine` lists."""

    def __init__(self, engine: Engine, place: Place, shared: Shared) -> None:
        self._engine = engine
        self._place = place
        self._folder = place.folder
        self._shared = shared

    def versions(self, search: Search) -> Iterator[Version]:
        """Yield every version of the events of which one is searched for; see the protocol."""
        with reading(self._engine) as session:
            newest = snapshot(session)
            known = {batch.id: batch for batch in batches(session)}
        listed = held(self._place, self._engine, ["events", "conflicts", "hides"], newest)
        if not any(s.kind != "hides" for s in listed):
            return
        with self._shared.asking() as connection:
            _find_versions(connection, self._folder, listed, known, search)
            for row, layout in _found_versions(connection, self._folder, listed):
                status, by = version_status(
                    known, row["batch"], row["hidden_by"], conflict=row["kind"] == "conflicts"
                )
                yield Version(event=stored_event(row, layout), status=status, by=by)

    def fates(self, question: Question) -> Mapping[Key, Fate]:
        """Return which events of a question do not count any more; see the protocol."""
        with reading(self._engine) as session:
            newest = snapshot(session)
            known = {batch.id: batch for batch in batches(session)}
        span = span_of(question.windows)
        then = held(self._place, self._engine, ["events", "hides"], question.snapshot, span)
        now = held(self._place, self._engine, ["events", "hides"], newest, span)
        hidden = list(_hidden(self._folder, now, known, since=question.snapshot))
        if not hidden:
            return {}
        with self._shared.asking() as connection:
            find_matching(connection, self._folder, then, question)
            rows = connection.execute(
                "SELECT batch, source, id, min(hidden_by) "
                f"FROM ({' UNION ALL '.join(hidden)}) SEMI JOIN found USING (batch, source, id) GROUP BY ALL"
            ).fetchall()
        return {(batch, source, id_): fate(known, by) for batch, source, id_, by in rows}


def _find_versions(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    listed: Sequence[Segment],
    known: Mapping[int, Batch],
    search: Search,
) -> None:
    """Make the table `versions`: kind, batch, source, id, first (time), hidden_by."""
    conditions, parameters = conditions_of(search)
    limit = "" if search.limit is None else f"LIMIT {search.limit:d}"
    delivered = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, * FROM ({rows_sql(folder, members)})"
        for kind in ("events", "conflicts")
        if (members := [s for s in listed if s.kind == kind])
    )
    hidden = " UNION ALL ".join(_hidden(folder, listed, known, since=0)) or (
        "SELECT 0 AS batch, '' AS source, '' AS id, 0 AS hidden_by WHERE false"
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE versions AS
        WITH delivered AS ({delivered}),
        hidden AS (SELECT batch, source, id, min(hidden_by) AS hidden_by FROM ({hidden}) GROUP BY ALL),
        wanted AS (
            SELECT source, id, min(timestamp) AS first
            FROM delivered SEMI JOIN (SELECT source, id FROM delivered WHERE {conditions}) USING (source, id)
            GROUP BY source, id ORDER BY first, source, id {limit}
        )
        SELECT DISTINCT d.kind, d.batch, d.source, d.id, w.first,
            CASE WHEN d.kind = 'events' THEN h.hidden_by END AS hidden_by
        FROM delivered d JOIN wanted w USING (source, id)
        LEFT JOIN hidden h ON h.batch = d.batch AND h.source = d.source AND h.id = d.id
        """,
        parameters,
    )


def _found_versions(
    connection: duckdb.DuckDBPyConnection, folder: Path, listed: Sequence[Segment]
) -> Iterator[tuple[dict[str, Any], dict[str, Columns]]]:
    """Yield the rows of the table `versions` with all their properties, and the layout of these."""
    holding = [s for s in listed if s.kind != "hides"]
    layout = merged(s.layout for s in holding)
    rows = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, * FROM ({widened(parts, layout, FIXED)})"
        for kind in ("events", "conflicts")
        if (parts := [(folder / s.file, s.layout) for s in holding if s.kind == kind])
    )
    order = ["v.first", "source", "id", "batch", "kind DESC", "us", "account", "metric"]
    order += property_columns(layout)
    cursor = connection.execute(
        f"""
        SELECT DISTINCT v.first, v.hidden_by, epoch_us(e.timestamp) AS us, e.* EXCLUDE (timestamp, content)
        FROM ({rows}) e JOIN versions v USING (kind, batch, source, id)
        ORDER BY {", ".join(order)}
        """
    )
    names = [column[0] for column in cursor.description or ()]
    while batch := cursor.fetchmany(_BATCH):
        for row in batch:
            yield dict(zip(names, row, strict=True)), layout


def _hidden(
    folder: Path, listed: Sequence[Segment], known: Mapping[int, Batch], *, since: int
) -> Iterator[str]:
    """Yield selects of batch, source, id and hidden_by of the events that commits after a snapshot hid."""
    hides = [s for s in listed if s.kind == "hides" and s.seq > since]
    if hides:
        yield hides_sql(folder, hides)
    by_seq = {batch.seq: batch.id for batch in known.values()}
    for one in listed:
        if one.kind == "events" and one.hidden_from is not None and one.hidden_from > since:
            by = by_seq[one.hidden_from]
            yield f"SELECT batch, source, id, {by:d} AS hidden_by FROM ({rows_sql(folder, [one])})"
