"""The rows of an import as ClickHouse keeps them, made of what DuckDB has staged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from usagebill_tui.eventstore.parquet.contents import content_sql
from usagebill_tui.eventstore.parquet.layout import NUMBER, TEXT
from usagebill_tui.eventstore.parquet.relation import quoted, text_literal
from usagebill_tui.eventstore.parquet.staging import Staging
from usagebill_tui.eventstore.parquet.taking import Taken
from usagebill_tui.store.manifest import Columns

_KEPT = "d.role IN ('accepted', 'replacing')"
_CONFLICT = "d.role = 'conflict'"
_MAPS = (("numbers", "number", NUMBER), ("texts", "text", TEXT), ("others", "json", TEXT))
Group = tuple[Mapping[str, Columns], list[Path]]
"""Files whose properties lie in the same columns."""


def identity_sql(source: str, identity: str) -> str:
    """Return the SQL of the number by which an identity is found: 64 bits of its digest."""
    return f"('0x' || left(md5(concat(length({source}), ':', {source}, {identity})), 16))::UBIGINT"


def accepted_sql(staging: Staging, taken: Sequence[Taken], batch: int) -> str | None:
    """Return the SQL of the events of a decided import that count; None where there can be none."""
    parts = [_decided(group, batch, _KEPT) for group in _grouped(staging.parts)]
    for part in taken:
        dropped = f"SELECT line FROM decided d WHERE d.row = 0 AND NOT {_KEPT} AND d.file = {part.file:d}"
        rows = f"{_read([part.path])} s ANTI JOIN ({dropped}) d ON d.line = s.line"
        parts.append(_row("s.source", "s.id", batch, content_sql(part.layout), part.layout, rows))
    return _union(parts)


def conflicts_sql(staging: Staging, taken: Sequence[Taken], batch: int) -> str | None:
    """Return the SQL of the rows that lost against other content; None where there can be none."""
    parts = [*staging.parts, *((part.path, part.layout) for part in taken)]
    return _union([_decided(group, batch, _CONFLICT) for group in _grouped(parts)])


def claims_sql(batch: int) -> str:
    """Return the SQL of the deliveries of what was already stored."""
    return (
        f"SELECT {batch:d}::UBIGINT AS batch, source, id, content, "
        f"{identity_sql('source', 'id')} AS identity FROM decided WHERE role = 'duplicate'"
    )


def hides_sql(hidden: str, batch: int) -> str:
    """Return the SQL that says which events, rows of a table, no longer count by a batch."""
    return (
        "SELECT batch, source, id, account, metric, timestamp, content, "
        f"{identity_sql('source', 'id')} AS identity, {batch:d}::UBIGINT AS hidden_by FROM {hidden}"
    )


def map_sql(layout: Mapping[str, Columns], kind: str, value: str) -> str:
    """Return the SQL of the map from path to value of those properties that have one of a kind."""
    columns = [(path, getattr(columns, kind)) for path, columns in layout.items()]
    entries = [
        f"{{'k': {text_literal(path)}, 'v': CAST({quoted(name)} AS {value})}}"
        for path, name in columns
        if name is not None
    ]
    if not entries:
        return f"CAST(MAP {{}} AS MAP(VARCHAR, {value}))"
    return f"map_from_entries(list_filter([{', '.join(entries)}], lambda x: x.v IS NOT NULL))"


def _decided(group: Group, batch: int, wanted: str) -> str:
    layout, paths = group
    rows = (
        f"{_read(paths)} s JOIN decided d ON d.file = s.file AND d.line = s.line AND d.row = s.row "
        f"WHERE {wanted}"
    )
    return _row("d.source", "d.id", batch, "coalesce(s.content, d.content)", layout, rows)


def _row(
    source: str, identity: str, batch: int, content: str, layout: Mapping[str, Columns], rows: str
) -> str:
    maps = ", ".join(f"{map_sql(layout, kind, value)} AS {name}" for name, kind, value in _MAPS)
    return (
        f"SELECT {batch:d}::UBIGINT AS batch, {source} AS source, {identity} AS id, s.account, s.metric, "
        f"epoch_us(s.timestamp) AS timestamp, {content} AS content, "
        f"{identity_sql(source, identity)} AS identity, {maps} FROM {rows}"
    )


def _grouped(parts: Iterable[tuple[Path, Mapping[str, Columns]]]) -> Iterator[Group]:
    groups: dict[tuple[tuple[str, Columns], ...], Group] = {}
    for path, layout in parts:
        groups.setdefault(tuple(layout.items()), (layout, []))[1].append(path)
    yield from groups.values()


def _read(paths: Iterable[Path]) -> str:
    return f"read_parquet([{', '.join(text_literal(str(path)) for path in paths)}])"


def _union(parts: Sequence[str]) -> str | None:
    return "\nUNION ALL\n".join(parts) if parts else None
