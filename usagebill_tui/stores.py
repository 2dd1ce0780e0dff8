"""Where a workspace's stores are chosen: the database and the event store that its settings name.

A kind of event store on a server is a module with two functions, found by the scheme of its address:

    create_store(engine, address, *, cluster, join) -> Sequence[str]   makes its tables, returns their DDL
    open_store(engine, address, folder) -> EventStore                  opens it; `folder` is for staging

`engine` is that of the catalogue, in which batches are listed (None at creation where that is a file). The
address has its variables filled in, so it may hold a password: it is for connecting, never for showing.
"""

import importlib
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from usagebill_tui.addresses import check_no_secret, filled, is_address, shown
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.errors import InvalidInput, NotFound, Refused, UsagebillError
from usagebill_tui.homes import SERVER_FORMAT, Fixed, Home

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from usagebill_tui.eventstore.protocol import EventStore
    from usagebill_tui.store.database import Database

_T = TypeVar("_T")
_EVENT_STORES = {
    "clickhouse": "usagebill_tui.eventstore.clickhouse.opening",
    "s3": "usagebill_tui.eventstore.bucket.opening",
}
"""The module of each kind of event store that is shared, by the scheme of its address."""


class Stores:
    """The open stores of a workspace. Its events' is opened when it is first asked for: few lists need it."""

    def __init__(self, database: "Database", open_events: "Callable[[], EventStore]") -> None:
        self.database = database
        self._open_events = open_events
        self._lock = threading.Lock()
        self._events: EventStore | None = None
        self._waiting: Callable[[str], None] | None = None

    @property
    def events(self) -> "EventStore":
        """Return the event store."""
        with self._lock:
            if self._events is None:
                self._events = self._open_events()
                if self._waiting is not None:
                    self._events.waiting = self._waiting
            return self._events

    def on_waiting(self, say: Callable[[str], None]) -> None:
        """Have a sentence said where an import or undo waits for another process."""
        with self._lock:
            self._waiting = say
            if self._events is not None:
                self._events.waiting = say

    def close(self) -> None:
        """Let go of both."""
        if self._events is not None:
            self._events.close()
        self.database.close()


OpenStores = Callable[[Path, Fixed], Stores]
"""Opens the stores of the workspace in a folder."""


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """The servers of a workspace that is to be made: addresses, in which `${NAME}` stands for a variable.

    `join` where somebody else made it there already, `cluster` the one of ClickHouse that its tables are for.
    """

    database: str | None = None
    event_store: str | None = None
    cluster: str | None = None
    join: bool = False


def open_stores(folder: Path, fixed: Fixed) -> Stores:
    """Open what a workspace's settings name; where one cannot be, nothing stays open.

    Raises Refused for a shared catalogue with events in a local folder.
    """
    _check_together(fixed)
    return open_apart(folder, fixed)


def open_apart(folder: Path, fixed: Fixed) -> Stores:
    """Open them also where others would not see the events: for those who know that there are no others."""
    database = open_database(folder, fixed)
    stores = Stores(database, lambda: _open_events(database.engine, folder, fixed))
    if is_address(fixed.events):
        try:
            _ = stores.events  # a server that cannot be reached is told of at once
        except BaseException:
            database.close()
            raise
    return stores


def open_database(folder: Path, fixed: Fixed) -> "Database":
    """Open the catalogue and ledger alone."""
    if not is_address(fixed.database):
        from usagebill_tui.store.database import Database

        return Database(folder / fixed.database)
    from usagebill_tui.store.postgresql.database import SharedDatabase

    return SharedDatabase(filled(fixed.database, "database"), fixed.schema or "")


def create_workspace(home: Home, name: str, now: datetime, servers: Servers) -> Sequence[str]:
    """Create a workspace on servers, or join one, and return the statements that made the events' tables.

    All or nothing: where a part fails, what was made before it is removed again.
    """
    fixed = planned(name, now, servers)
    _check_together(fixed)
    home.check_absent(name)
    engine = _made_schema(fixed, servers)
    try:
        made = _made_events(engine, fixed, servers)
        if engine is not None and servers.event_store is not None:
            _agree_on_events(engine, servers)
        home.add(name, fixed)
    except BaseException:
        if engine is not None and not servers.join:
            from usagebill_tui.store.postgresql.schemas import drop_schema

            with suppress(UsagebillError):
                drop_schema(engine)
        raise
    finally:
        if engine is not None:
            engine.dispose()
    return made


def planned(name: str, now: datetime, servers: Servers) -> Fixed:
    """Return the settings of a workspace on servers, or without any in its folder; nothing is made yet.

    Raises Refused where an address spells a password out.
    """
    if servers.database is None and servers.event_store is None:
        return Fixed(created=rfc3339(now))
    from usagebill_tui.store.postgresql.schemas import schema_named

    for address, what in ((servers.database, "database"), (servers.event_store, "event store")):
        if address is not None:
            check_no_secret(address, what)
    fixed = Fixed(format=SERVER_FORMAT, created=rfc3339(now), cluster=servers.cluster)
    if servers.event_store is not None:
        fixed = msgspec.structs.replace(fixed, events=servers.event_store)
    if servers.database is not None:
        fixed = msgspec.structs.replace(fixed, database=servers.database, schema=schema_named(name))
    return fixed


def make_stores(fixed: Fixed, servers: Servers, *, again: bool) -> Sequence[str]:
    """Make what a workspace's settings name on servers; where that was begun, what is missing of it."""
    _check_together(fixed)
    engine = _perhaps_there(lambda how: _made_schema(fixed, how), servers, again=again)
    try:
        made = _perhaps_there(lambda how: _made_events(engine, fixed, how), servers, again=again)
        if engine is not None and servers.event_store is not None:
            _agree_on_events(engine, servers)
    except BaseException:
        if engine is not None and not again:
            from usagebill_tui.store.postgresql.schemas import drop_schema

            with suppress(UsagebillError):
                drop_schema(engine)
        raise
    finally:
        if engine is not None:
            engine.dispose()
    return made


def _perhaps_there(make: Callable[[Servers], _T], servers: Servers, *, again: bool) -> _T:
    if again:
        with suppress(NotFound):
            return make(msgspec.structs.replace(servers, join=True))
    return make(servers)


def _check_together(fixed: Fixed) -> None:
    if is_address(fixed.database) and not is_address(fixed.events):
        raise Refused(
            "a shared catalogue with events in a local folder: others would not see them",
            where=shown(fixed.database),
            mend="give --event-store clickhouse://… or s3://… as well",
        )


def _open_events(engine: "Engine", folder: Path, fixed: Fixed) -> "EventStore":
    if not is_address(fixed.events):
        from usagebill_tui.eventstore.parquet.store import ParquetEventStore

        return ParquetEventStore(engine, folder / fixed.events)
    address = filled(fixed.events, "event store")
    store: EventStore = _event_store(address).open_store(engine, address, folder)
    return store


def _made_schema(fixed: Fixed, servers: Servers) -> "Engine | None":
    """Make the schema, or look for it; return its engine, None where the catalogue is a file."""
    if servers.database is None:
        return None
    from usagebill_tui.store.postgresql.opening import open_postgresql
    from usagebill_tui.store.postgresql.schemas import check_schema, create_schema

    engine = open_postgresql(filled(servers.database, "database"), fixed.schema or "")
    try:
        (check_schema if servers.join else create_schema)(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _agree_on_events(engine: "Engine", servers: Servers) -> None:
    """Note which database holds the events; who joins must name the same one, by whatever host's name."""
    from usagebill_tui.store.postgresql.schemas import check_events, note_events

    address = urlsplit(filled(servers.event_store or "", "event store"))
    kind = address.scheme.partition("+")[0]
    # A bucket stands where a server's name does, but has only one.
    bucket = f"{address.netloc.rpartition('@')[2]}/" if kind == "s3" else ""
    events = f"{kind} {bucket}{address.path.strip('/')}"
    (check_events if servers.join else note_events)(engine, events)


def _made_events(engine: "Engine | None", fixed: Fixed, servers: Servers) -> Sequence[str]:
    if servers.event_store is None:
        return ()
    address = filled(fixed.events, "event store")
    made: Sequence[str] = _event_store(address).create_store(
        engine, address, cluster=servers.cluster, join=servers.join
    )
    return made


def _event_store(address: str) -> Any:
    scheme = address.partition("://")[0]
    try:
        return importlib.import_module(_EVENT_STORES[scheme.partition("+")[0]])
    except KeyError:
        known = " or ".join(f"{one}://…" for one in _EVENT_STORES)
        raise InvalidInput(f"{scheme} is no event store that usagebill knows", mend=f"use {known}") from None
