"""The manifest: which imports there were and which immutable files hold their rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from usagebill_tui.store import import_tables as t
from usagebill_tui.store.audit import Author

SegmentKind = Literal["events", "claims", "conflicts", "hides", "keys"]
KINDS: tuple[SegmentKind, ...] = ("events", "claims", "conflicts", "hides", "keys")


class Columns(msgspec.Struct, frozen=True, omit_defaults=True):
    """The columns in which a segment keeps one property: as number, as text, as other JSON."""

    number: str | None = None
    text: str | None = None
    json: str | None = None


class Sums(msgspec.Struct, frozen=True, omit_defaults=True):
    """A segment's numbers of one property: how many, smallest, largest, exact sum (all as text)."""

    count: int
    least: str
    greatest: str
    total: str


class Reach(msgspec.Struct, frozen=True):
    """Which batches a snapshot holds: those up to the newest, without those committed later all the same."""

    newest: int
    without: tuple[int, ...] = ()


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """An immutable file of rows; see `SegmentRow`. Times are microseconds since 1970 UTC.

    Where it also holds rows of later batches than the snapshot it was listed for, `reach` says which count.
    """

    id: int = 0
    batch: int = 0
    seq: int = 0
    first_seq: int = 0
    reach: Reach | None = None
    kind: SegmentKind
    file: str
    sha256: str
    bytes: int
    rows: int
    first_at: int = 0
    last_at: int = 0
    layout: Mapping[str, Columns] = {}
    sums: Mapping[str, Sums] = {}
    hidden_from: int | None = None


class BatchFile(msgspec.Struct, frozen=True):
    """A file of a batch; `options` is the JSON of how its rows were read."""

    name: str
    sha256: str
    bytes: int
    options: str


class Counts(msgspec.Struct, frozen=True):
    """The counts of an import; they close: read = accepted + duplicates + conflicts + rejected."""

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0
    rounded: int = 0


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """An import or the undoing of one."""

    id: int
    seq: int = 0
    kind: Literal["import", "undo"] = "import"
    undoes: int | None = None
    at: datetime
    who: str
    format: str = ""
    on_conflict: str = ""
    counts: Counts = Counts()
    files: tuple[BatchFile, ...] = ()
    undone_by: int | None = None


def snapshot(session: Session) -> int:
    """Return the seq of the newest commit: all that is visible now is visible at it for ever."""
    return session.scalar(select(func.max(t.BatchRow.seq))) or 0


def add_batch(session: Session, batch: Batch, segments: Sequence[Segment], author: Author) -> int:
    """Add a batch with its segments in one go, and return its seq."""
    seq = snapshot(session) + 1
    session.add(
        t.BatchRow(
            id=batch.id,
            seq=seq,
            kind=batch.kind,
            undoes=batch.undoes,
            at=author.at,
            who=author.who,
            format=batch.format,
            on_conflict=batch.on_conflict,
            read=batch.counts.read,
            accepted=batch.counts.accepted,
            duplicates=batch.counts.duplicates,
            conflicts=batch.counts.conflicts,
            rejected=batch.counts.rejected,
            rounded=batch.counts.rounded,
        )
    )
    session.flush()
    session.add_all(
        t.BatchFileRow(
            batch=batch.id,
            number=number,
            name=file.name,
            sha256=file.sha256,
            bytes=file.bytes,
            options=file.options,
        )
        for number, file in enumerate(batch.files)
    )
    session.add_all(segment_row(segment, batch=batch.id, seq=seq, first_seq=seq) for segment in segments)
    session.flush()
    return seq


def has_batch(session: Session, batch: int) -> bool:
    """Tell whether there is a batch with this number, an import or the undoing of one."""
    return session.get(t.BatchRow, batch) is not None


def commits(session: Session) -> list[tuple[int, int]]:
    """Return (batch, seq) of all batches, in order."""
    rows = session.execute(select(t.BatchRow.id, t.BatchRow.seq).order_by(t.BatchRow.seq))
    return [(batch, seq) for batch, seq in rows]


def hide_segment(session: Session, segment: int, seq: int) -> None:
    """Record that no row of a segment counts from `seq` on."""
    row = session.get_one(t.SegmentRow, segment)
    row.hidden_from = seq


def segments(session: Session, kinds: Sequence[SegmentKind], at: int) -> list[Segment]:
    """Return the segments of these kinds that a snapshot holds, those hidden as a whole included.

    Of what was merged, that is the segment merged into, for any snapshot.
    """
    row = t.SegmentRow
    select_ = select(row).where(row.merged_into.is_(None), row.first_seq <= at, row.kind.in_(kinds))
    found = [segment_of(one) for one in session.scalars(select_.order_by(row.id))]
    if all(segment.seq <= at for segment in found):
        return found
    reach = _reach(session, at)
    return [s if s.seq <= at else msgspec.structs.replace(s, reach=reach) for s in found]


def _reach(session: Session, at: int) -> Reach:
    # Of imports that ran at once, one with a smaller number may have been committed later: few ever are.
    newest = session.scalar(select(func.max(t.BatchRow.id)).where(t.BatchRow.seq <= at)) or 0
    later = select(t.BatchRow.id).where(t.BatchRow.id < newest, t.BatchRow.seq > at)
    return Reach(newest, tuple(session.scalars(later.order_by(t.BatchRow.id))))


def batches(session: Session) -> list[Batch]:
    """Return all batches in the order of commits."""
    undoings = session.execute(select(t.BatchRow.undoes, t.BatchRow.id).where(t.BatchRow.undoes.is_not(None)))
    undone = {row.undoes: row.id for row in undoings}
    files: dict[int, list[BatchFile]] = {}
    for row in session.scalars(select(t.BatchFileRow).order_by(t.BatchFileRow.batch, t.BatchFileRow.number)):
        files.setdefault(row.batch, []).append(BatchFile(row.name, row.sha256, row.bytes, row.options))
    rows = session.scalars(select(t.BatchRow).order_by(t.BatchRow.seq))
    return [_batch(row, files.get(row.id, []), undone.get(row.id)) for row in rows]


def batches_with(session: Session, ids: Sequence[int]) -> list[Batch]:
    """Return the batches with these numbers, in the order of numbers."""
    undoings = session.execute(
        select(t.BatchRow.undoes, t.BatchRow.id).where(t.BatchRow.undoes.in_(list(ids)))
    )
    undone = {row.undoes: row.id for row in undoings}
    files: dict[int, list[BatchFile]] = {}
    listed = select(t.BatchFileRow).where(t.BatchFileRow.batch.in_(list(ids)))
    for row in session.scalars(listed.order_by(t.BatchFileRow.batch, t.BatchFileRow.number)):
        files.setdefault(row.batch, []).append(BatchFile(row.name, row.sha256, row.bytes, row.options))
    rows = session.scalars(select(t.BatchRow).where(t.BatchRow.id.in_(list(ids))).order_by(t.BatchRow.id))
    return [_batch(row, files.get(row.id, []), undone.get(row.id)) for row in rows]


def earlier_readings(session: Session, sha256: str) -> list[tuple[int, str]]:
    """Return (batch, options) of the imports, not undone, of a file with these very bytes."""
    undone = select(t.BatchRow.undoes).where(t.BatchRow.undoes.is_not(None))
    rows = session.execute(
        select(t.BatchFileRow.batch, t.BatchFileRow.options)
        .where(t.BatchFileRow.sha256 == sha256, t.BatchFileRow.batch.not_in(undone))
        .order_by(t.BatchFileRow.batch)
    )
    return [(batch, options) for batch, options in rows]


def segment_row(segment: Segment, *, batch: int, seq: int, first_seq: int) -> t.SegmentRow:
    """Return the row that lists a segment."""
    return t.SegmentRow(
        batch=batch,
        seq=seq,
        first_seq=first_seq,
        kind=segment.kind,
        file=segment.file,
        sha256=segment.sha256,
        bytes=segment.bytes,
        rows=segment.rows,
        first_at=segment.first_at,
        last_at=segment.last_at,
        layout=msgspec.json.encode(segment.layout).decode(),
        sums=msgspec.json.encode(segment.sums).decode(),
        hidden_from=segment.hidden_from,
    )


def segment_of(row: t.SegmentRow) -> Segment:
    """Return the segment that a row lists."""
    kind: SegmentKind = msgspec.convert(row.kind, SegmentKind)
    return Segment(
        id=row.id,
        batch=row.batch,
        seq=row.seq,
        first_seq=row.first_seq,
        kind=kind,
        file=row.file,
        sha256=row.sha256,
        bytes=row.bytes,
        rows=row.rows,
        first_at=row.first_at,
        last_at=row.last_at,
        layout=msgspec.json.decode(row.layout, type=dict[str, Columns]),
        sums=msgspec.json.decode(row.sums, type=dict[str, Sums]),
        hidden_from=row.hidden_from,
    )


def _batch(row: t.BatchRow, files: Sequence[BatchFile], undone_by: int | None) -> Batch:
    return Batch(
        id=row.id,
        seq=row.seq,
        kind="undo" if row.kind == "undo" else "import",
        undoes=row.undoes,
        at=row.at,
        who=row.who,
        format=row.format,
        on_conflict=row.on_conflict,
        counts=Counts(row.read, row.accepted, row.duplicates, row.conflicts, row.rejected, row.rounded),
        files=tuple(files),
        undone_by=undone_by,
    )
