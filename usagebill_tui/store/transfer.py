"""Copying catalogue, manifest and ledger to another database, of whatever kind, and holding both equal.

All rows go in one transaction: an interrupted copy leaves the other database as empty as it was.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Engine, Table, func, insert, select, text, update
from sqlalchemy.orm import Session

from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.store import tables as t
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import Segment, commits, segment_row

_ROWS = 1_000
"""How many rows are read and written at a time."""

Step = Callable[[str, int], None]
"""Told of each part of a table, by its name, how many rows of it are copied by now."""


class Content(NamedTuple):
    """What a table holds: how many rows, and the SHA-256 of all of them in their keys' order."""

    rows: int
    digest: str


def copy_tables(
    source: Engine, target: Engine, *, entries: Sequence[Segment] | None = None, step: Step | None = None
) -> dict[str, Content]:
    """Copy all tables, and return what each holds on both sides.

    Where the events were given another form there, `entries` are what the manifest lists instead of its own.
    Raises Refused where the target is not empty, StorageFailed where a table does not come out the same.
    """
    tables = _copied_tables(whole=entries is None)
    with reading(source) as origin, writing(target) as session:
        _check_empty(session, tables)
        for table in tables:
            _copy(origin, session, table, step or (lambda _name, _rows: None))
        _list(session, entries or ())
        _number_on(session, tables)
        found = {table.name: content_of(origin, table) for table in tables}
        for table in tables:
            if content_of(session, table) != found[table.name]:
                what = f"the table {table.name} does not come out the same; nothing was changed"
                raise StorageFailed(what, mend="report this")
    return found


def is_copied(source: Engine, target: Engine, *, whole: bool) -> bool:
    """Tell whether all tables (where not `whole`, all but the list of segments) were copied already.

    Raises Refused where there is something else.
    """
    with reading(source) as origin, reading(target) as session:
        tables = _copied_tables(whole=whole)
        if not any(session.scalar(select(func.count()).select_from(table)) for table in tables):
            return False
        for table in tables:
            if content_of(origin, table) != content_of(session, table):
                what = f"the table {table.name} was changed since it was copied"
                raise Refused(what, mend="move to another name")
    return True


def row_counts(session: Session) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        str(table.name): session.scalar(select(func.count()).select_from(table)) or 0
        for table in _ordered_tables()
    }


def content_of(session: Session, table: Table) -> Content:
    """Return what a table holds."""
    digest, rows = hashlib.sha256(), 0
    for part in _parts(session, table):
        rows += len(part)
        for row in part:
            digest.update(msgspec.json.encode(list(row.values())) + b"\n")
    return Content(rows, digest.hexdigest())


def _copied_tables(*, whole: bool) -> list[Table]:
    return [table for table in _ordered_tables() if whole or table.name != "segments"]


def _list(session: Session, entries: Sequence[Segment]) -> None:
    seqs = dict(commits(session))
    for entry in entries:
        seq = seqs[entry.batch]
        session.add(segment_row(entry, batch=entry.batch, seq=seq, first_seq=seq))
    session.flush()


def _ordered_tables() -> list[Table]:
    """Return all tables in the order in which their rows may be written: an entry closes its postings."""
    found = [table for table in t.Base.metadata.sorted_tables if table.name != "postings"]
    place = next(number for number, table in enumerate(found) if table.name == "entries")
    return [*found[:place], t.Base.metadata.tables["postings"], *found[place:]]


def _copy(origin: Session, session: Session, table: Table, step: Step) -> None:
    done = 0
    written = insert(table)
    later: list[dict[str, Any]] = []
    for part in _parts(origin, table):
        if table.name == "segments":
            # What a segment was merged into comes after it.
            later += [row for row in part if row["merged_into"] is not None]
            part = [{**row, "merged_into": None} for row in part]  # noqa: PLW2901 - the same rows, to be written
        session.execute(written, part)
        done += len(part)
        step(table.name, done)
    for row in later:
        merged = update(table).where(table.c.id == row["id"])
        session.execute(merged.values(merged_into=row["merged_into"]))


def _parts(session: Session, table: Table) -> Iterator[Sequence[dict[str, Any]]]:
    """Yield the rows of a table in the order of its key, some at a time."""
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_ROWS)
    for part in session.execute(query).mappings().partitions():
        yield [dict(row) for row in part]


def _check_empty(session: Session, tables: Sequence[Table]) -> None:
    for table in tables:
        if session.scalar(select(func.count()).select_from(table)):
            raise Refused(f"the table {table.name} there is not empty", mend="move to a new workspace")


def _number_on(session: Session, tables: Sequence[Table]) -> None:
    """Let the database number new rows from where the copied ones end."""
    if session.connection().dialect.name != "postgresql":
        return
    for table in tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = session.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": table.name, "column": column.name},
        )
        most = session.scalar(select(func.max(column)))
        if sequence is not None and most is not None:
            session.execute(text("SELECT setval(:sequence, :most)"), {"sequence": sequence, "most": most})
