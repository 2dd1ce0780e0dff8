"""Listing a batch: one transaction after which its segments count; where it fails, they are gone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import Segment, has_batch


@contextmanager
def listing(engine: Engine, place: Place, batch: int, written: Sequence[Segment]) -> Iterator[Session]:
    """Give the session in which a batch and the segments written for it are listed, all or nothing."""
    try:
        place.publish(written)
        with writing(engine) as session:
            yield session
    except BaseException:
        if _is_absent(engine, batch):
            place.withdraw(written)
        raise


def _is_absent(engine: Engine, batch: int) -> bool:
    """Tell whether a batch is surely not listed: an interrupt may come when all is done."""
    try:
        with reading(engine) as session:
            return not has_batch(session, batch)
    except StorageFailed:
        return False
