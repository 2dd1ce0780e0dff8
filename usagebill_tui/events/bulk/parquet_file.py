"""Parquet in bulk: flat columns of plain types; other columns, and odd values, go the exact way."""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from usagebill_tui.domain.event import Chunk, Event, Tables
from usagebill_tui.domain.quantity import FRACTION_DIGITS, INTEGER_DIGITS
from usagebill_tui.errors import StorageFailed
from usagebill_tui.events.bulk.blocks import fair_share
from usagebill_tui.events.bulk.parts import Part
from usagebill_tui.events.bulk.probing import Plan, marks_of, probed_record
from usagebill_tui.events.bulk.tables import Typed, typed_table
from usagebill_tui.events.bulk.templates import MOST_CELLS, Cell, Form, Kind
from usagebill_tui.events.normalise import Normaliser
from usagebill_tui.events.readers.parquet_file import (
    Column,
    columns_of,
    copy_to,
    opened,
    put_at,
    row_count,
    rows_of,
    table_sql,
)
from usagebill_tui.events.types import Record

_SAMPLE_ROWS = 400
_INTEGERS = {f"{sign}{size}int" for sign in ("", "u") for size in ("tiny", "small", "big", "huge")}
_NUMBERS = _INTEGERS | {"integer", "uinteger", "decimal", "double", "float", "boolean"}
_WHOLE = _INTEGERS - {"hugeint", "uhugeint"} | {"integer", "uinteger"}
_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)", re.IGNORECASE)
_MOMENTS = {"timestamp": False, "timestamp with time zone": True}


class ParquetInBulk:
    """Reads a Parquet file, copied into the workplace, part by part."""

    def __init__(
        self,
        workplace: Path,
        name: str,
        normaliser: Normaliser,
        collect: Callable[[Iterator[Record]], Iterator[Chunk]],
        part_rows: int,
    ) -> None:
        self._folder = workplace
        self._name = name
        self._normaliser = normaliser
        self._collect = collect
        self._part_rows = part_rows

    def parts(self, stream: BinaryIO) -> Iterator[Part]:
        """Yield all rows, in parts and in order."""
        path = self._copied(stream)
        with opened(path, self._name) as connection:
            columns = columns_of(connection, path, self._name)
            rows = row_count(connection, path)
            form = _form(columns)
            sample = [] if form is None else connection.execute(_sample_sql(path, columns)).fetchall()
        plan = None if form is None or not sample else self._plan(form, columns)
        if form is None or plan is None:
            exact = rows_of(path, self._name, columns)
            yield Part(None, lambda _: self._collect(self._normaliser.settle(exact)))
            return
        start = 1
        while start <= rows:
            left = rows + 1 - start
            lines = range(start, start + min(left, fair_share(left, self._part_rows)))
            start = lines.stop
            yield Part(
                _tables(path, columns, form, plan, sample, lines),
                partial(self._rest, path, columns, lines),
                partial(self._first, path, columns, lines),
            )

    def _copied(self, stream: BinaryIO) -> Path:
        taken = len(list(self._folder.glob("table-*.parquet")))
        path = self._folder / f"table-{taken}.parquet"
        try:
            copy_to(path, stream, self._name)
        except OSError as error:
            mend = "free some space on the disk"
            raise StorageFailed(f"cannot be copied: {error.strerror}", where=self._name, mend=mend) from error
        return path

    def _plan(self, form: Form, columns: Sequence[Column]) -> Plan | None:
        fields: dict[str, Any] = {}
        for column, mark, kind in zip(columns, marks_of(form), form.kinds, strict=True):
            put_at(fields, column.keys, Decimal(mark) if kind == "bare" else mark)
        record = Record(1, "", fields)
        # All rows have the same keys: any one settles the file's shape.
        self._normaliser.settle([record])
        return probed_record(record, form, self._normaliser)

    def _rest(
        self, path: Path, columns: list[Column], lines: range, left: Sequence[int] | None
    ) -> Iterator[Chunk]:
        wanted = None if left is None or len(left) == len(lines) else set(left)
        if wanted is None or wanted:
            found = rows_of(path, self._name, columns, lines)
            return self._collect(r for r in found if wanted is None or r.line in wanted)
        return iter(())

    def _first(self, path: Path, columns: list[Column], lines: range) -> Iterator[Event]:
        for record in rows_of(path, self._name, columns, lines):
            row = self._normaliser.tried(record)
            if isinstance(row, Event):
                yield row


def _form(columns: Sequence[Column]) -> Form | None:
    """Return the form of rows of these columns; None where one is of another kind."""
    kinds: list[Kind] = []
    for column in columns:
        if column.type in _NUMBERS:
            kinds.append("bare")
        elif column.type == "varchar" or column.type in _MOMENTS:
            kinds.append("text")
        else:
            return None
    if len(columns) > MOST_CELLS:
        return None
    return Form('"', tuple(Cell("", "", slot) for slot in range(len(columns))), tuple(kinds))


def _moments(columns: Sequence[Column]) -> Mapping[int, bool]:
    return {slot: _MOMENTS[column.type] for slot, column in enumerate(columns) if column.type in _MOMENTS}


def _quantities(columns: Sequence[Column], plan: Plan) -> Mapping[int, int]:
    """Return the properties whose type holds nothing but quantities, and its digits after the point."""
    found = {}
    for slot, column in enumerate(columns):
        decimal = _DECIMAL.fullmatch(column.sql) if column.type == "decimal" else None
        digits, fraction = (int(decimal[1]), int(decimal[2])) if decimal else (0, 0)
        within = digits - fraction <= INTEGER_DIGITS and fraction <= FRACTION_DIGITS
        if slot not in plan.named and (column.type in _WHOLE or (decimal is not None and within)):
            found[slot] = fraction
    return found


def _texts(columns: Sequence[Column], quantities: Container[int]) -> str:
    """Return the SQL of columns as texts, but for moments and quantities."""
    texts = []
    for slot, column in enumerate(columns):
        if slot in quantities:
            texts.append(f"c{slot}")
        elif column.type in _NUMBERS:
            texts.append(f"coalesce(CAST(c{slot} AS VARCHAR), 'null') AS c{slot}")
        else:
            kind = "TIMESTAMP" if column.type in _MOMENTS else "VARCHAR"
            texts.append(f"CAST(c{slot} AS {kind}) AS c{slot}")
    return ", ".join(texts)


def _sample_sql(path: Path, columns: Sequence[Column]) -> str:
    texts = ", ".join(f"coalesce(CAST(c{slot} AS VARCHAR), 'null')" for slot in range(len(columns)))
    aliases = ", ".join(f"c{slot}" for slot in range(len(columns)))
    return f"SELECT {texts} FROM {table_sql(path)} AS t({aliases}) LIMIT {_SAMPLE_ROWS}"  # noqa: S608 - quoted


def _tables(
    path: Path,
    columns: Sequence[Column],
    form: Form,
    plan: Plan,
    sample: Sequence[Sequence[str]],
    lines: range,
) -> Tables | None:
    aliases = ", ".join(f"c{slot}" for slot in range(len(columns)))
    rows = f"{table_sql(path, numbered=True)} AS t({aliases})"
    some = f"WHERE file_row_number BETWEEN {lines.start - 1} AND {lines.stop - 2}"
    quantities = _quantities(columns, plan)
    texts = _texts(columns, quantities)
    select = f"SELECT file_row_number + 1 AS line, {texts} FROM {rows} {some}"  # noqa: S608 - quoted
    typed = Typed(select, _moments(columns), quantities)
    made = [typed_table(form, plan, sample, typed, wide=wide) for wide in (False, True)]
    tables = [(table,) for table in made if table is not None]
    if not tables:
        return None
    counting = f"SELECT count(c0) + count(*) FILTER (c0 IS NULL) FROM {rows} {some}"  # noqa: S608 - quoted
    found = Tables(lines.start, len(lines), tables[0], counting)
    return msgspec.structs.replace(found, wider=tables[-1]) if found.has_narrow else found
