"""Adding many rows at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from usagebill_tui.store.tables import Base


def add_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, which all have the same columns, in their order; what the session holds back goes first.

    The models' own way of adding makes an object of each, which costs more than all the rest.
    """
    table = kind.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model here is of a table
    session.flush()
    session.connection().execute(insert(table), list(rows))
