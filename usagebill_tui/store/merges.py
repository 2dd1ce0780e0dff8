"""The manifest's record of merges: which segment holds whose rows now, and which files nobody reads any more.

The entries of what was merged stay: a merged segment is held against them, and each tells how many rows its
batch wrote.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from usagebill_tui.errors import StorageFailed
from usagebill_tui.store import import_tables as t
from usagebill_tui.store.manifest import Segment, segment_of, segment_row


def list_merged(
    session: Session,
    merged: Segment,
    parts: Sequence[Segment],
    kept_until: datetime,
    keys: Sequence[Segment] = (),
) -> None:
    """List a segment, and its keys, that holds the rows of others, whose files stay until then at least."""
    newest = max(parts, key=lambda part: part.seq)
    first = min(part.first_seq for part in parts)
    row = segment_row(merged, batch=newest.batch, seq=newest.seq, first_seq=first)
    beside = [segment_row(one, batch=newest.batch, seq=newest.seq, first_seq=first) for one in keys]
    session.add_all([row, *beside])
    session.flush()
    _replace(session, parts, row, kept_until)


def list_keys(
    session: Session, keys: Segment, segment: Segment, stale: Sequence[Segment], kept_until: datetime
) -> None:
    """List the keys of a segment that is listed already, in the place of stale ones."""
    row = segment_row(keys, batch=segment.batch, seq=segment.seq, first_seq=segment.first_seq)
    session.add(row)
    session.flush()
    _replace(session, stale, row, kept_until)


def _replace(session: Session, parts: Sequence[Segment], row: t.SegmentRow, kept_until: datetime) -> None:
    names = [part.file for part in parts]
    unmerged = t.SegmentRow.file.in_(names) & t.SegmentRow.merged_into.is_(None)
    found = list(session.scalars(select(t.SegmentRow.id).where(unmerged)))
    if len(found) != len(names):
        raise StorageFailed("segments were merged or replaced meanwhile", mend="run it again")
    session.execute(
        update(t.SegmentRow)
        .where(t.SegmentRow.id.in_(found))
        .values(merged_into=row.id, kept_until=kept_until)
    )


def is_listed(session: Session, file: str) -> bool:
    """Tell whether a file is a segment's."""
    return session.scalar(select(t.SegmentRow.id).where(t.SegmentRow.file == file)) is not None


def parts_of_merged(session: Session) -> dict[int, list[Segment]]:
    """Return, for each merged segment by its id, what was merged into it."""
    parts: dict[int, list[Segment]] = {}
    row = t.SegmentRow
    for one in session.scalars(select(row).where(row.merged_into.is_not(None)).order_by(row.id)):
        parts.setdefault(one.merged_into or 0, []).append(segment_of(one))
    return parts


def scattered_batches(session: Session, batches: Collection[int]) -> set[int]:
    """Return those of these batches some of whose rows lie in merged segments."""
    row = t.SegmentRow
    found = select(row.batch).where(
        row.batch.in_(batches), row.merged_into.is_not(None), row.kind == "events"
    )
    return set(session.scalars(found))


def kept_files(session: Session) -> list[str]:
    """Return the files that were merged and are still there for those who read them already."""
    return list(session.scalars(select(t.SegmentRow.file).where(t.SegmentRow.kept_until.is_not(None))))


def files_in_use(session: Session) -> set[str]:
    """Return the files that are read by whoever asks now, or may still be read."""
    row = t.SegmentRow
    used = or_(row.merged_into.is_(None), row.kept_until.is_not(None))
    return set(session.scalars(select(row.file).where(used)))


def outlived_files(session: Session, now: datetime) -> list[str]:
    """Return the files among them whose time is over."""
    return list(session.scalars(select(t.SegmentRow.file).where(t.SegmentRow.kept_until <= now)))


def give_up_files(session: Session, now: datetime) -> None:
    """Stop keeping the files whose time is over."""
    session.execute(update(t.SegmentRow).where(t.SegmentRow.kept_until <= now).values(kept_until=None))


def events_written(session: Session) -> dict[int, int]:
    """Return how many rows of events each batch wrote, wherever they lie now."""
    row = t.SegmentRow
    targets = select(row.merged_into).where(row.merged_into.is_not(None))
    wrote = select(row.batch, func.sum(row.rows)).where(row.kind == "events", row.id.not_in(targets))
    return {batch: int(rows) for batch, rows in session.execute(wrote.group_by(row.batch))}
