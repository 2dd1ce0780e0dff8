"""Staging: the rows of an import, streamed to disk chunk by chunk before anything is decided."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from usagebill_tui.domain.event import Chunk, Event, Reject
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import normalized
from usagebill_tui.errors import InvalidInput, StorageFailed
from usagebill_tui.eventstore.parquet.files import MEND_DISK, OPTIONS
from usagebill_tui.eventstore.parquet.layout import NUMBER, TEXT, layout_of, merged
from usagebill_tui.eventstore.parquet.relation import MISSING, quoted, text_literal
from usagebill_tui.locations import make_private_folder
from usagebill_tui.store.manifest import Columns
from usagebill_tui.store.rejects import StoredReject

STAGED = {
    "row": "BIGINT",
    "file": "BIGINT",
    "line": "BIGINT",
    "source": "VARCHAR",
    "id": "VARCHAR",
    "account": "VARCHAR",
    "metric": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "content": "UUID",
}
"""The columns of staged rows, which file, line and row together name; `row` is 0 where a line has but one."""
_SMALLEST_BUFFER = 1 << 20
MOST_COLUMNS = 3_000
"""An import's properties may take so many columns: DuckDB holds a vector of each several times over."""


class Staging:
    """A folder of its own that holds an import's rows until they are decided upon, and vanishes with them."""

    def __init__(self, parent: Path) -> None:
        make_private_folder(parent)
        with _translated(parent):
            self.folder = Path(tempfile.mkdtemp(prefix="import-", dir=parent))
        self.read = self.rejected = self.rounded = 0
        self._rows = 1
        self._parts: list[tuple[Path, dict[str, Columns]]] = []
        self._layout: dict[str, Columns] = {}
        self._rejects = self.folder / "rejects.jsonl"

    def add(self, connection: duckdb.DuckDBPyConnection, file: int, chunk: Chunk) -> None:
        """Put one chunk of a file's rows on disk. Raises InvalidInput where all have too many properties."""
        self.read += chunk.read
        self.rejected += len(chunk.rejects)
        self.rounded += chunk.rounded
        if chunk.rejects:
            with _translated(self.folder), self._rejects.open("ab") as output:
                output.writelines(msgspec.json.encode((file, reject)) + b"\n" for reject in chunk.rejects)
        if chunk.events:
            layout = layout_of(event.properties for event in chunk.events)
            self._layout = _checked(merged([self._layout, layout]))
            self._parts.append((self._write(connection, file, chunk.events, layout), layout))

    def rejects(self, batch: int, names: list[str]) -> Iterator[StoredReject]:
        """Yield the rejected rows in the order in which they were read."""
        if not self.rejected:
            return
        with self._rejects.open("rb") as lines:
            for line in lines:
                file, reject = msgspec.json.decode(line, type=tuple[int, Reject])
                yield StoredReject(batch, names[file], reject.line, reject.reason, reject.raw, reject.head)

    @property
    def layout(self) -> dict[str, Columns]:
        """Return the columns that all rows together need."""
        return self._layout

    @property
    def parts(self) -> Sequence[tuple[Path, Mapping[str, Columns]]]:
        """Return the files of staged rows, each with its layout."""
        return self._parts

    @property
    def has_rows(self) -> bool:
        """Tell whether any row is staged."""
        return bool(self._parts)

    def rows_sql(self) -> str:
        """Return the SQL of all staged rows: the fixed columns, then those of `layout`."""
        return widened(self._parts, self.layout, STAGED)

    def rows_with(
        self, taken: Sequence[tuple[Path, Mapping[str, Columns]]]
    ) -> tuple[str, dict[str, Columns]]:
        """Return the SQL of all staged rows and of others in files of the same columns, and their layout.

        Raises InvalidInput where all have too many properties.
        """
        parts = [*self._parts, *taken]
        layout = _checked(merged(layout for _, layout in parts))
        return widened(parts, layout, STAGED), layout

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(
        self,
        connection: duckdb.DuckDBPyConnection,
        file: int,
        events: list[Event],
        layout: Mapping[str, Columns],
    ) -> Path:
        target = self.folder / f"{len(self._parts):06}.parquet"
        lines = target.with_suffix(".jsonl")
        longest = self._spool(lines, file, events, layout)
        types = _types(layout) | {"timestamp": "BIGINT"}
        columns = ", ".join(f"{text_literal(n)}: {text_literal(k)}" for n, k in types.items())
        connection.execute(
            "COPY (SELECT * REPLACE (make_timestamp(timestamp) AS timestamp) "
            f"FROM read_json({text_literal(str(lines))}, format='newline_delimited', "
            f"maximum_object_size={longest}, columns={{{columns}}})) TO {text_literal(str(target))} {OPTIONS}"
        )
        lines.unlink()
        return target

    def _spool(self, path: Path, file: int, events: list[Event], layout: Mapping[str, Columns]) -> int:
        """Write the rows as JSON Lines; return the size of a buffer that holds the longest."""
        longest = _SMALLEST_BUFFER
        with _translated(self.folder), path.open("wb") as output:
            for number, event in enumerate(events, self._rows):
                line = msgspec.json.encode({"row": number, "file": file, **_row(event, layout)}) + b"\n"
                longest = max(longest, len(line))
                output.write(line)
        self._rows += len(events)
        return longest


def _checked(layout: dict[str, Columns]) -> dict[str, Columns]:
    if len(property_columns(layout)) > MOST_COLUMNS:
        raise InvalidInput(
            f"the rows have more than {MOST_COLUMNS:,} different properties together",
            mend='write names that differ from row to row as values, such as {"name": …, "value": …}',
        )
    return layout


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"cannot write: {error.strerror}"
        raise StorageFailed(what, where=str(folder), mend=MEND_DISK) from error


def _row(event: Event, layout: Mapping[str, Columns]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "line": event.line,
        "source": event.source,
        "id": event.id,
        "account": event.account,
        "metric": event.metric,
        "timestamp": event.timestamp,
        "content": event.content,
    }
    for path, (number, text, json) in event.properties.items():
        columns = layout[path]
        if number is not None:
            row[str(columns.number)] = format(number, "f")
        if text is not None:
            row[str(columns.text)] = text
        if json is not None:
            row[str(columns.json)] = json
    return row


def _types(layout: Mapping[str, Columns]) -> dict[str, str]:
    types = dict(STAGED)
    for columns in layout.values():
        types |= {name: kind for name, kind in _kinds(columns) if name is not None}
    return types


def _kinds(columns: Columns) -> list[tuple[str | None, str]]:
    return [(columns.number, NUMBER), (columns.text, TEXT), (columns.json, TEXT)]


def _column(wanted: Columns, present: Columns) -> str:
    parts = []
    for (name, kind), (own, _) in zip(_kinds(wanted), _kinds(present), strict=True):
        if name is not None:
            source = f"CAST({'NULL' if own is None else quoted(own)} AS {kind})"
            parts.append(f"{source} AS {quoted(name)}")
    return ", ".join(parts)


def widened(
    parts: Sequence[tuple[Path, Mapping[str, Columns]]],
    wanted: Mapping[str, Columns],
    fixed: Mapping[str, str],
) -> str:
    """Return the SQL of all rows of files with layouts of their own, in the columns of one layout.

    `fixed` are the columns that every file has, with their types.
    """
    groups: dict[str, list[Path]] = {}
    for path, layout in parts:
        groups.setdefault(widened_columns(layout, wanted, fixed), []).append(path)
    if not groups:
        nulls = [f"CAST(NULL AS {kind}) AS {name}" for name, kind in fixed.items()]
        return f"SELECT {', '.join(nulls)} WHERE false"
    return "\nUNION ALL\n".join(
        f"SELECT {columns} FROM read_parquet([{', '.join(text_literal(str(path)) for path in paths)}])"
        for columns, paths in groups.items()
    )


def widened_columns(
    layout: Mapping[str, Columns], wanted: Mapping[str, Columns], fixed: Iterable[str]
) -> str:
    """Return the fixed columns of a file with a layout, and its properties in the columns of a wider one."""
    properties = [_column(wanted[name], layout.get(name, MISSING)) for name in wanted]
    return ", ".join([*fixed, *filter(None, properties)])


def property_columns(layout: Mapping[str, Columns]) -> list[str]:
    """Return the quoted names of all property columns of a layout."""
    return [quoted(name) for columns in layout.values() for name, _ in _kinds(columns) if name is not None]


def stored_properties(layout: Mapping[str, Columns], row: Mapping[str, Any]) -> dict[str, Value]:
    """Return the properties of a row that was read from a segment with this layout."""
    properties = {}
    for path, columns in layout.items():
        parts = [None if name is None else row[name] for name, _ in _kinds(columns)]
        if any(part is not None for part in parts):
            number = None if parts[0] is None else normalized(parts[0])
            properties[path] = Value(number, parts[1], parts[2])
    return properties
