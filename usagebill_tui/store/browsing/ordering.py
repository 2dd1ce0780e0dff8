"""One order in every database, of what is missing too."""

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute


def ordered(column: InstrumentedAttribute[object], *, descending: bool) -> ColumnElement[object]:
    """Return what a list is sorted by: what is missing counts as the least, as SQLite has it anyway."""
    direction = column.desc() if descending else column.asc()
    if not column.property.columns[0].nullable:
        return direction  # said all the same, PostgreSQL would not use its index
    return direction.nulls_last() if descending else direction.nulls_first()
