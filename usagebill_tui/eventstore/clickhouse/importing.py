"""Importing: rows staged on this machine are decided upon here, and what is stored is sent to the server."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import duckdb
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.clickhouse.lookup import known_identities, locate
from usagebill_tui.eventstore.clickhouse.relation import Visible
from usagebill_tui.eventstore.clickhouse.rows import accepted_sql, claims_sql, conflicts_sql, hides_sql
from usagebill_tui.eventstore.clickhouse.sending import NotHeld, newest_batch, send
from usagebill_tui.eventstore.clickhouse.server import Server
from usagebill_tui.eventstore.clickhouse.showing import examples
from usagebill_tui.eventstore.parquet.contesting import contest, gather
from usagebill_tui.eventstore.parquet.deciding import counted, decide, refuse_conflicts
from usagebill_tui.eventstore.parquet.naming import name_all
from usagebill_tui.eventstore.parquet.staging import Staging
from usagebill_tui.eventstore.parquet.taking import Taken, Taking, reserved_batch
from usagebill_tui.eventstore.types import Delivery, Outcome
from usagebill_tui.store.audit import Author, record
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import Batch, Segment, SegmentKind, add_batch, snapshot
from usagebill_tui.store.reached import reached
from usagebill_tui.store.rejects import add_rejects

_T = TypeVar("_T")


class Work(NamedTuple):
    """What an import works with: the catalogue, the server, and DuckDB over the rows that are staged."""

    engine: Engine
    server: Server
    connection: duckdb.DuckDBPyConnection
    staging: Staging
    taking: Taking

    @property
    def folder(self) -> Path:
        """Return the folder that vanishes with the import."""
        return self.staging.folder


def import_staged(work: Work, delivery: Delivery, author: Author) -> Outcome:
    """Decide what each staged or taken row is and, unless it is a dry run, store the batch."""
    connection, staging = work.connection, work.staging
    seq, visible = seen(work.engine)
    names = [file.name for file in delivery.files]
    taken = name_all(connection, staging.rows_sql(), work.taking.taken)
    gather(connection, taken)
    known_identities(work.server, connection, work.folder, visible)
    undisputed = contest(connection, taken)
    decide(connection, delivery.on_conflict)
    if delivery.on_conflict == "fail":
        refuse_conflicts(connection, names)
    counts = counted(connection, undisputed=undisputed, rejected=staging.rejected, rounded=staging.rounded)
    shown = examples(work.server, connection, staging, taken, visible, names)
    if delivery.dry_run:
        return Outcome(batch=None, counts=counts, examples=shown)
    number, written = numbered(work.engine, work.server, lambda number: _sent(work, taken, visible, number))
    batch = Batch(
        id=number,
        at=author.at,
        who=author.who,
        format=delivery.format,
        on_conflict=delivery.on_conflict,
        counts=counts,
        files=delivery.files,
    )
    with listing(work.engine, work.server, seq) as session:
        add_batch(session, batch, written, author)
        add_rejects(session, staging.rejects(batch.id, names))
        record(session, author, "import", "batch", str(batch.id), after=batch)
    return Outcome(batch=batch.id, counts=counts, examples=shown)


def seen(engine: Engine, at: int | None = None) -> tuple[int, Visible]:
    """Return a snapshot, the newest unless it is given, and what it reaches."""
    with reading(engine) as session:
        seq = snapshot(session) if at is None else at
        return seq, Visible(reached(session, "events", seq), reached(session, "hides", seq))


def numbered(engine: Engine, server: Server, work: Callable[[int], _T]) -> tuple[int, _T]:
    """Do work that sends a batch, under a number that no other gets; return both.

    It is done once more, under another number, where the server then does not hold what was sent. It may hold
    rows under a number already, where the catalogue was restored from a backup older than its tables.
    """
    batch = reserved_batch(engine)
    try:
        return batch, work(batch)
    except NotHeld:
        newest = newest_batch(server)
        while batch <= newest:
            batch = reserved_batch(engine)
        return batch, work(batch)


@contextmanager
def listing(engine: Engine, server: Server, seq: int) -> Iterator[Session]:
    """Give the session in which a batch is listed; it must be the first after the snapshot it rests on.

    The lock sees to that. Where it was lost, with the connection that held it, nothing is listed.
    """
    with writing(engine) as session:
        if snapshot(session) != seq:
            what = "something else was stored while this was decided; nothing was changed"
            raise StorageFailed(what, where=server.place, mend="try again")
        yield session


def _sent(work: Work, taken: Sequence[Taken], visible: Visible, batch: int) -> list[Segment]:
    """Send what is decided; return the manifest entries."""
    connection = work.connection
    roles = {role for (role,) in connection.execute("SELECT DISTINCT role FROM decided").fetchall()}
    parts: list[tuple[SegmentKind, str | None]] = [("events", accepted_sql(work.staging, taken, batch))]
    if "duplicate" in roles:
        parts.append(("claims", claims_sql(batch)))
    if "conflict" in roles:
        parts.append(("conflicts", conflicts_sql(work.staging, taken, batch)))
    if "replacing" in roles:
        replaced = "SELECT source, id FROM decided WHERE role = 'replacing'"
        locate(work.server, connection, work.folder, visible, replaced)
        parts.append(("hides", hides_sql("located", batch)))
    sent = [
        send(work.server, connection, work.folder, kind, query, batch)
        for kind, query in parts
        if query is not None
    ]
    return [segment for segment in sent if segment is not None]
