"""Many rows, and many values, at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from usagebill_tui.store.import_tables import Base

Process = Callable[[Any], Any]

_CHUNK = 500
"""Values in one statement; databases limit how many it may have."""


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield so many values at a time as one statement may have."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def add_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, which all have the same columns, in their order; what the session holds back goes first.

    The models' own way of adding makes an object of each, which costs more than all the rest.
    """
    table = kind.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model here is of a table
    session.flush()
    if not rows:
        return
    connection = session.connection()
    if not connection.dialect.positional:
        connection.execute(insert(table), list(rows))
        return
    # A driver that takes values by their place gets them column by column, which SQLAlchemy, going through
    # each row for its names and types, needs several times as long for.
    statement, columns = _insertion(table, frozenset(rows[0]), connection.dialect)
    values = [_bound(key, process, rows) for key, process in columns]
    connection.exec_driver_sql(statement, list(zip(*values, strict=True)))


@lru_cache(maxsize=100)  # compiling one takes as long as a hundred rows
def _insertion(
    table: Table, keys: frozenset[str], dialect: Dialect
) -> tuple[str, list[tuple[str, Process | None]]]:
    """Return the statement that adds such rows, and its columns with what makes them the driver's form."""
    columns = [column for column in table.columns if column.key in keys]
    statement = insert(table).compile(dialect=dialect, column_keys=[column.key for column in columns])
    found: list[tuple[str, Process | None]] = [
        (column.key, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in columns
    ]
    return str(statement), found


def _bound(key: str, process: Process | None, rows: Iterable[Mapping[str, Any]]) -> Iterable[Any]:
    """Return a column's value of each row as the driver takes it."""
    found = map(itemgetter(key), rows)
    # What is turned into the driver's form are times and days, of which many rows have the same.
    return found if process is None else map(lru_cache(_CHUNK)(process), found)
