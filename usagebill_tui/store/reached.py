"""Which batches a snapshot reaches, for an event store that keeps the rows of all of them together."""

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from usagebill_tui.store import tables as t
from usagebill_tui.store.manifest import SegmentKind

Spans = list[tuple[int, int]]
"""Numbers of batches, as rising spans (first, last) with gaps between them."""


def reached(session: Session, kind: SegmentKind, at: int) -> Spans:
    """Return the batches whose rows of a kind hold at a snapshot: those listed, and not hidden as a whole."""
    row = t.SegmentRow
    listed = select(row.batch).where(
        row.kind == kind, row.seq <= at, or_(row.hidden_from.is_(None), row.hidden_from > at)
    )
    return spans(session.scalars(listed.order_by(row.batch)))


def listed(session: Session, kind: SegmentKind, at: int, *, since: int = 0) -> Spans:
    """Return the batches with rows of a kind, hidden or not, committed after `since`, up to `at`."""
    row = t.SegmentRow
    found = select(row.batch).where(row.kind == kind, row.seq > since, row.seq <= at)
    return spans(session.scalars(found.order_by(row.batch)))


def hidden_whole(session: Session, at: int, *, since: int = 0) -> dict[int, int]:
    """Return the batches whose events were all hidden after `since`, up to `at`, each with by which batch."""
    row = t.SegmentRow
    found = (
        select(row.batch, t.BatchRow.id)
        .join(t.BatchRow, t.BatchRow.seq == row.hidden_from)
        .where(row.kind == "events", row.hidden_from > since, row.hidden_from <= at)
    )
    return {batch: by for batch, by in session.execute(found)}  # noqa: C416 - rows are not pairs


def spans(numbers: Iterable[int]) -> Spans:
    """Return rising numbers, of which some may come twice, as spans."""
    found: Spans = []
    for number in numbers:
        if found and number <= found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
