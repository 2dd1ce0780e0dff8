"""The events that count at a snapshot, as one relation over many segments.

The visibility rule is written here and nowhere else.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from usagebill_tui.eventstore.parquet.layout import FIXED, NUMBER, TEXT
from usagebill_tui.store.manifest import Columns, Reach, Segment

MISSING = Columns()
NAMED = 100
"""So many accounts or codes are named one by one in a condition: it spares DuckDB the rows without them."""


def quoted(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(value: str) -> str:
    """Quote a text."""
    return "'" + value.replace("'", "''") + "'"


def files_literal(folder: Path, segments: Iterable[Segment]) -> str:
    """Write the list of the segments' files."""
    return "[" + ", ".join(text_literal(str(folder / segment.file)) for segment in segments) + "]"


def number_of(columns: Columns) -> str:
    """Return the SQL of a property's number."""
    return f"CAST({'NULL' if columns.number is None else quoted(columns.number)} AS {NUMBER})"


def text_of(columns: Columns) -> str:
    """Return the SQL of a property's text: the form in which it is compared and grouped."""
    parts = [quoted(column) for column in (columns.text, columns.json) if column is not None]
    if columns.number is not None:
        parts.append(f"rtrim(rtrim(CAST({number_of(columns)} AS VARCHAR), '0'), '.')")
    return f"coalesce({', '.join(parts)})" if parts else f"CAST(NULL AS {TEXT})"


def visible(segments: Sequence[Segment], seq: int) -> list[Segment]:
    """Return the event segments of which some row may count at a snapshot."""
    return [s for s in segments if s.kind == "events" and (s.hidden_from is None or s.hidden_from > seq)]


def events_sql(folder: Path, segments: Sequence[Segment], seq: int, paths: Sequence[str]) -> str:
    """Return the SQL of the events that count at a snapshot.

    `segments` are those of kind `events` and `hides` up to it. The k-th of the property `paths`
    becomes the columns n{k} (number) and t{k} (text).
    """
    return counting_rows(folder, segments, seq, lambda one: usage_columns(one, paths)) or _nothing(len(paths))


def counting_rows(
    folder: Path, segments: Sequence[Segment], seq: int, columns: Callable[[Segment], str]
) -> str | None:
    """Return the SQL of the rows that count at a snapshot, in columns alike; None without a segment."""
    hides = [s for s in segments if s.kind == "hides"]
    groups: dict[tuple[Reach | None, str], list[Segment]] = {}
    for segment in visible(segments, seq):
        groups.setdefault((segment.reach, columns(segment)), []).append(segment)
    parts = [
        f"SELECT {names} FROM read_parquet({files_literal(folder, members)}){_within('batch', reach)}"
        for (reach, names), members in groups.items()
    ]
    if not parts:
        return None
    union = "\nUNION ALL\n".join(parts)
    if not hides:
        return union
    return (
        f"SELECT e.* FROM ({union}) e ANTI JOIN ({hides_sql(folder, hides)}) h "
        "ON h.batch = e.batch AND h.source = e.source AND h.id = e.id"
    )


def usage_columns(segment: Segment, paths: Sequence[str]) -> str:
    """Return the fixed columns of a segment, and n{k} and t{k} of each path."""
    columns = [segment.layout.get(path, MISSING) for path in paths]
    return ", ".join(
        [*FIXED, *(f"{number_of(c)} AS n{k}, {text_of(c)} AS t{k}" for k, c in enumerate(columns))]
    )


def rows_sql(folder: Path, segments: Iterable[Segment]) -> str:
    """Return the SQL of all rows, with their fixed columns, that segments of events, at least one, hold."""
    columns = ", ".join(FIXED)
    return " UNION ALL ".join(
        f"SELECT {columns} FROM read_parquet({files_literal(folder, members)}){_within('batch', reach)}"
        for reach, members in _by_reach(segments)
    )


def hides_sql(folder: Path, hides: Iterable[Segment]) -> str:
    """Return the SQL of what segments of kind `hides`, at least one, say at a snapshot."""
    return " UNION ALL ".join(
        f"SELECT batch, source, id, hidden_by FROM read_parquet({files_literal(folder, members)})"
        f"{_within('hidden_by', reach)}"
        for reach, members in _by_reach(hides)
    )


def _by_reach(segments: Iterable[Segment]) -> Iterable[tuple[Reach | None, list[Segment]]]:
    groups: dict[Reach | None, list[Segment]] = {}
    for segment in segments:
        groups.setdefault(segment.reach, []).append(segment)
    return groups.items()


def _within(column: str, reach: Reach | None) -> str:
    """Return the condition that leaves out what later batches wrote, where a segment holds any of it."""
    if reach is None:
        return ""
    later = f" AND {column} NOT IN ({', '.join(map(str, reach.without))})" if reach.without else ""
    return f" WHERE {column} <= {reach.newest:d}{later}"


def _nothing(paths: int) -> str:
    fixed = [f"CAST(NULL AS {kind}) AS {name}" for name, kind in FIXED.items()]
    properties = [f"CAST(NULL AS {NUMBER}) AS n{k}, CAST(NULL AS {TEXT}) AS t{k}" for k in range(paths)]
    return f"SELECT {', '.join([*fixed, *properties])} WHERE false"
