"""Listing a batch: one transaction after which its segments count; where it fails, they are gone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import Segment, has_batch, snapshot


@contextmanager
def listing(
    engine: Engine, place: Place, batch: int, written: Sequence[Segment], decided_at: int
) -> Iterator[Session]:
    """Give the session in which a batch and the segments written for it are listed, all or nothing.

    `decided_at` is the snapshot at which it was decided what they hold; StorageFailed where that is not the
    newest any more.
    """
    try:
        place.publish(written)
        with writing(engine) as session:
            _check_turn(session, decided_at)
            yield session
    except BaseException:
        if _is_absent(engine, batch):
            place.withdraw(written)
        raise


def _check_turn(session: Session, decided_at: int) -> None:
    """Hold the lock to its word: on a server it is lost with its connection, and nobody is told."""
    if snapshot(session) != decided_at:
        what = "another import was stored meanwhile, so this one was not"
        raise StorageFailed(what, mend="run it again")


def _is_absent(engine: Engine, batch: int) -> bool:
    """Tell whether a batch is surely not listed: an interrupt may come when all is done."""
    try:
        with reading(engine) as session:
            return not has_batch(session, batch)
    except StorageFailed:
        return False
