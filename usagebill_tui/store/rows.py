"""Many rows, and many values, at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from usagebill_tui.store.tables import Base

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
    session.connection().execute(insert(table), list(rows))
