"""The rows of segments as a server has them, and back again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.clickhouse.rows import identity_sql, map_sql
from usagebill_tui.eventstore.clickhouse.sending import LAYOUTS
from usagebill_tui.eventstore.parquet.contents import content_sql
from usagebill_tui.eventstore.parquet.layout import NUMBER, TEXT, layout_of_kinds
from usagebill_tui.eventstore.parquet.relation import files_literal, quoted, text_literal
from usagebill_tui.store.manifest import Columns, Segment, SegmentKind

_MAPS = (("numbers", "number", NUMBER), ("texts", "text", TEXT), ("others", "json", TEXT))
_IDENTITY = identity_sql("r.source", "r.id")


def wire_sql(
    folder: Path, kind: SegmentKind, segments: Sequence[Segment], events: Sequence[Segment] | None
) -> str:
    """Return the SQL of all rows of segments, at least one, of a kind.

    What is hidden is looked for in the segments of `events`; without them, only by what it is named by.
    """
    if kind == "claims":
        files = files_literal(folder, segments)
        columns = f"r.batch::UBIGINT AS batch, r.source, r.id, r.content, {_IDENTITY} AS identity"
        return f"SELECT {columns} FROM read_parquet({files}) r"
    if kind == "hides":
        return _hides(folder, segments, events)
    return "\nUNION ALL\n".join(_events(layout, files) for layout, files in _alike(folder, segments))


def layout_in(connection: duckdb.DuckDBPyConnection, kind: SegmentKind, rows: str) -> dict[str, Columns]:
    """Return the columns that the properties of a server's rows need in a segment."""
    if "numbers" not in LAYOUTS[kind].names:
        return {}
    found: list[tuple[str, str]] = []
    for name, kind_, _ in _MAPS:
        paths = connection.execute(f"SELECT DISTINCT unnest(map_keys({name})) FROM ({rows})").fetchall()
        found += [(path, kind_) for (path,) in paths]
    return layout_of_kinds(found)


def segment_sql(kind: SegmentKind, rows: str, layout: Mapping[str, Columns]) -> str:
    """Return the SQL of a server's rows as a segment with this layout has them."""
    if kind == "claims":
        return f"SELECT batch::BIGINT AS batch, source, id, content FROM ({rows})"
    if kind == "hides":
        return f"SELECT batch::BIGINT AS batch, source, id, hidden_by::BIGINT AS hidden_by FROM ({rows})"
    fixed = "batch::BIGINT AS batch, source, id, account, metric"
    columns = ", ".join([fixed, "make_timestamp(r.timestamp) AS timestamp", "content", *_columns(layout)])
    return f"SELECT {columns} FROM ({rows}) r ORDER BY r.metric, r.account, r.timestamp"


def _columns(layout: Mapping[str, Columns]) -> Iterator[str]:
    for path, columns in layout.items():
        for name, kind, type_ in _MAPS:
            column = getattr(columns, kind)
            if column is not None:
                yield f"CAST({name}[{text_literal(path)}] AS {type_}) AS {quoted(column)}"


def _events(layout: Mapping[str, Columns], files: str) -> str:
    maps = ", ".join(f"{map_sql(layout, kind, type_)} AS {name}" for name, kind, type_ in _MAPS)
    return (
        "SELECT r.batch::UBIGINT AS batch, r.source, r.id, r.account, r.metric, "
        f"epoch_us(r.timestamp) AS timestamp, {content_sql(layout)} AS content, {_IDENTITY} AS identity, "
        f"{maps} FROM read_parquet({files}) r"
    )


def _hides(folder: Path, segments: Sequence[Segment], events: Sequence[Segment] | None) -> str:
    hides = f"read_parquet({files_literal(folder, segments)})"
    if events is None:
        return f"SELECT batch::UBIGINT AS batch, source, id, hidden_by::UBIGINT AS hidden_by FROM {hides}"
    parts = [
        f"SELECT r.*, {content_sql(layout)} AS said FROM read_parquet({files}) r "
        f"SEMI JOIN {hides} h ON h.batch = r.batch AND h.source = r.source AND h.id = r.id"
        for layout, files in _alike(folder, events)
    ]
    found = "\nUNION ALL\n".join(
        f"SELECT batch, source, id, account, metric, timestamp, said FROM ({part})" for part in parts
    )
    return (
        "SELECT r.batch::UBIGINT AS batch, r.source, r.id, r.account, r.metric, "
        f"epoch_us(r.timestamp) AS timestamp, r.said AS content, {_IDENTITY} AS identity, "
        f"h.hidden_by::UBIGINT AS hidden_by FROM {hides} h JOIN ({found}) r "
        "ON h.batch = r.batch AND h.source = r.source AND h.id = r.id"
    )


def _alike(folder: Path, segments: Iterable[Segment]) -> Iterator[tuple[Mapping[str, Columns], str]]:
    """Yield the files of segments whose properties lie in the same columns."""
    groups: dict[tuple[tuple[str, Columns], ...], list[Segment]] = {}
    for segment in segments:
        groups.setdefault(tuple(sorted(segment.layout.items(), key=lambda one: one[0])), []).append(segment)
    for layout, members in groups.items():
        yield dict(layout), files_literal(folder, members)
