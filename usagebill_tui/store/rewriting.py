"""The manifest's record of segments that were written again with other properties."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from usagebill_tui.errors import StorageFailed
from usagebill_tui.store import import_tables as t
from usagebill_tui.store.manifest import Columns, Segment, Sums


def replace_segment(session: Session, listed: Segment, written: Segment, touched: Collection[str]) -> None:
    """Let a segment's entry stand for a file that holds the same rows with other `touched` properties.

    The entries of what was merged into it stay its sum: their figures of these properties become its own.
    """
    row = session.get_one(t.SegmentRow, listed.id)
    if row.file != listed.file or row.merged_into is not None:
        raise StorageFailed("segments were merged or replaced meanwhile", mend="run it again")
    row.file, row.sha256, row.bytes = written.file, written.sha256, written.bytes
    row.layout = msgspec.json.encode(written.layout).decode()
    row.sums = msgspec.json.encode(written.sums).decode()
    session.flush()
    new = {path: sums for path, sums in written.sums.items() if path in touched}
    _settle_parts(session, listed.id, frozenset(touched), written.layout, new)


def replace_file(session: Session, listed: Segment, written: Segment) -> None:
    """Let an entry stand for another file of as many rows."""
    values = {"file": written.file, "sha256": written.sha256, "bytes": written.bytes}
    session.execute(update(t.SegmentRow).where(t.SegmentRow.id == listed.id).values(**values))


def stop_keeping(session: Session) -> list[str]:
    """Give up all files that were merged and are only kept for those who read them already; return them."""
    kept = t.SegmentRow.kept_until.is_not(None)
    files = list(session.scalars(select(t.SegmentRow.file).where(kept)))
    session.execute(update(t.SegmentRow).where(kept).values(kept_until=None))
    return files


def _settle_parts(
    session: Session,
    merged: int,
    touched: frozenset[str],
    layout: Mapping[str, Columns],
    figures: Mapping[str, Sums],
) -> None:
    """Take properties out of the entries of what was merged; the first gets the figures of the whole."""
    parts = session.scalars(
        select(t.SegmentRow).where(t.SegmentRow.merged_into == merged).order_by(t.SegmentRow.id)
    ).all()
    for part in parts:
        columns = msgspec.json.decode(part.layout, type=dict[str, Columns])
        sums = msgspec.json.decode(part.sums, type=dict[str, Sums])
        left = {path: one for path, one in columns.items() if path not in touched or path in layout}
        kept = {path: one for path, one in sums.items() if path not in touched} | dict(figures)
        part.layout = msgspec.json.encode(left).decode()
        part.sums = msgspec.json.encode(kept).decode()
        session.flush()
        _settle_parts(session, part.id, touched, layout, figures)
        figures = {}
