"""The digest of an event's content, as DuckDB computes it from a segment's columns.

Rows that a query engine read at import have none of their own (null): it is needed only where an identity is
delivered twice. It must be what `events.content` makes of the same event.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.parquet.relation import files_literal, quoted, text_literal
from usagebill_tui.store.manifest import Columns, Segment


def content_sql(layout: Mapping[str, Columns]) -> str:
    """Return the SQL of a row's content in a segment with this layout."""
    return f"coalesce(content, {digest_sql(layout)})"


def digest_sql(layout: Mapping[str, Columns]) -> str:
    """Return the SQL of the digest of a row's columns."""
    named = [f"length({name}), ':', {name}" for name in ("source", "account", "metric")]
    properties = [_property(path, layout[path]) for path in sorted(layout)]
    text = f"concat({', '.join([*named, 'epoch_us(timestamp)', *properties])})"
    return f"CAST(left(sha256({text}), 32) AS UUID)"


def fill_contents(
    connection: duckdb.DuckDBPyConnection, folder: Path, segments: Iterable[Segment], table: str
) -> None:
    """Give each row of a table (batch, source, id, content) without content that of the event it names."""
    missing = f"SELECT batch, source, id FROM {table} WHERE content IS NULL"
    batches = {batch for (batch,) in connection.execute(f"SELECT DISTINCT batch FROM ({missing})").fetchall()}
    groups: dict[str, list[Segment]] = {}
    for segment in holding_batches(segments, batches):
        groups.setdefault(content_sql(segment.layout), []).append(segment)
    for content, members in groups.items():
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE filled AS SELECT batch, source, id, {content} AS content FROM ("
            f"SELECT r.* FROM read_parquet({files_literal(folder, members)}) r SEMI JOIN ({missing}) m "
            "ON m.batch = r.batch AND m.source = r.source AND m.id = r.id)"
        )
        connection.execute(
            f"UPDATE {table} SET content = f.content FROM filled f WHERE {table}.content IS NULL "
            f"AND f.batch = {table}.batch AND f.source = {table}.source AND f.id = {table}.id"
        )


def holding_batches(segments: Iterable[Segment], batches: Collection[int]) -> list[Segment]:
    """Return the segments of events that may hold rows of batches: their own, and what was merged."""
    if not batches:
        return []
    return [s for s in segments if s.kind == "events" and (s.batch in batches or s.first_seq < s.seq)]


def _property(path: str, columns: Columns) -> str:
    start = f"|{len(path)}:{path}"
    ways = []
    for name, kind in ((columns.text, "t"), (columns.json, "j")):
        if name is not None:
            column = quoted(name)
            written = f"concat({text_literal(start + kind)}, length({column}), ':', {column})"
            ways.append(f"WHEN {column} IS NOT NULL THEN {written}")
    if columns.number is not None:
        column = quoted(columns.number)
        digits = f"rtrim(rtrim(CAST({column} AS VARCHAR), '0'), '.')"
        ways.append(f"WHEN {column} IS NOT NULL THEN concat({text_literal(start + 'n')}, {digits})")
    return f"CASE {' '.join(ways)} ELSE '' END"
