"""Making and opening the events of a bucket. See `stores` for what both functions are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from usagebill_tui.errors import NotFound, Refused, WrongCall
from usagebill_tui.eventstore.bucket.address import Address, read_address
from usagebill_tui.eventstore.bucket.objects import Objects, check_driver
from usagebill_tui.eventstore.bucket.place import MARKER, BucketPlace
from usagebill_tui.locations import make_private_folder

if TYPE_CHECKING:
    from usagebill_tui.eventstore.protocol import EventStore

_CONTENT = b"The events of a usagebill workspace lie beside this. Its catalogue says which of them count.\n"


def create_store(engine: Engine | None, address: str, *, cluster: str | None, join: bool) -> Sequence[str]:
    """Take a prefix for the events of a workspace, or, to `join`, look for what somebody else took.

    Raises Refused where it is taken, or where the bucket would let two write the same object; NotFound where
    there is nothing to join.
    """
    if cluster is not None:
        raise WrongCall("--cluster is for ClickHouse", mend="leave it out")
    where = _shared(read_address(address), engine)
    check_driver()
    objects = Objects(where)
    if join:
        if not objects.is_there(MARKER):
            raise NotFound(
                f"{where.place} holds no events of a workspace", mend="mend the address, or leave --join out"
            )
        return ()
    if not objects.claim(MARKER, _CONTENT):
        mend = "give another prefix, or --join to share the workspace that it belongs to"
        raise Refused("it holds the events of a workspace already", where=where.place, mend=mend)
    if objects.claim(MARKER, _CONTENT):
        objects.delete([MARKER])
        what = "the bucket does not know how to store only what is not there yet (If-None-Match)"
        raise Refused(what, where=where.place, mend="use storage that does")
    return ()


def open_store(engine: Engine, address: str, folder: Path) -> "EventStore":
    """Open a store; nothing is connected to before something is asked. The cache is in `folder`."""
    where = _shared(read_address(address), engine)
    check_driver()
    from usagebill_tui.eventstore.parquet.store import ParquetEventStore

    cache = folder / "cache"
    make_private_folder(cache)
    return ParquetEventStore(engine, cache, BucketPlace(engine, Objects(where), cache, where.cache))


def _shared(where: Address, engine: Engine | None) -> Address:
    if engine is None or engine.dialect.name != "postgresql":
        raise Refused(
            "events in a bucket need a catalogue on a server, which says what counts",
            where=where.place,
            mend="give --database postgresql+psycopg://… as well",
        )
    return where
