"""Taking personal data out of segments: the one case in which they are written again with other content.

New files are written first, synced and compared with what was there; one transaction then lists them in the
place of the old ones, which are removed after it. A crash before it leaves new files that nothing lists, one
after it old ones: `doctor` finds both.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import msgspec
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.erasing import Also, Changes, Decide, Rewritten
from usagebill_tui.eventstore.parquet.connection import Shared, connected
from usagebill_tui.eventstore.parquet.files import forget, write_segment
from usagebill_tui.eventstore.parquet.held import held
from usagebill_tui.eventstore.parquet.identities import stale_keys, write_keys
from usagebill_tui.eventstore.parquet.personal import load_accounts, presence, rewriting
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import KINDS, Segment, SegmentKind, Sums, segments, snapshot
from usagebill_tui.store.merges import is_listed
from usagebill_tui.store.rewriting import replace_file, replace_segment, stop_keeping

PERSONAL: tuple[SegmentKind, ...] = ("events", "conflicts")
"""The kinds of segments that hold accounts and properties."""


class _Theirs(msgspec.Struct, frozen=True):
    """A segment with rows of the accounts: how many, and which properties they have, in how many rows."""

    segment: Segment
    rows: int
    properties: dict[str, int]


class _Replacement(msgspec.Struct, frozen=True):
    """A file in the place of another; `touched` are the properties that differ (of keys, none)."""

    old: Segment
    new: Segment
    touched: frozenset[str] = frozenset()


class ParquetEraser:
    """Takes properties out of segments in a folder that the manifest behind `engine` lists."""

    def __init__(self, engine: Engine, place: Place, shared: Shared, waiting: Callable[[str], None]) -> None:
        self._engine = engine
        self._place = place
        self._folder = place.folder
        self._shared = shared
        self._waiting = waiting

    def properties(self, accounts: frozenset[str]) -> dict[str, int]:
        """Return the properties, by path, that the accounts' rows have, and how many rows have each."""
        with reading(self._engine) as session:
            newest = snapshot(session)
        listed = held(self._place, self._engine, PERSONAL, newest)
        with self._shared.asking() as connection:
            load_accounts(connection, accounts)
            return _all_properties(_theirs(connection, self._folder, listed))

    def erase(self, accounts: frozenset[str], decide: Decide, also: Also) -> Rewritten:
        """Rewrite the accounts' rows; all of it and of what `also` does, or nothing."""
        with self._place.turn(self._waiting), connected([self._folder]) as connection:
            listed = self._listed()
            self._place.fetch(segment for segment in listed if segment.kind in PERSONAL)
            load_accounts(connection, accounts)
            theirs = list(_theirs(connection, self._folder, listed))
            changes = decide(_all_properties(theirs))
            affected = [one for one in theirs if changes.touched & one.properties.keys()]
            made = _written(connection, self._folder, affected, changes, listed)
            rewritten = Rewritten(rows=sum(one.rows for one in affected), files=len(affected))
            with _listing(self._engine, self._place, made) as session:
                for one in made:
                    _list(session, one)
                outdated = [*stop_keeping(session), *(one.old.file for one in made)]
                also(session, rewritten)
            left = tuple(self._place.remove(outdated))
        return msgspec.structs.replace(rewritten, left=left)

    def _listed(self) -> list[Segment]:
        with reading(self._engine) as session:
            return segments(session, KINDS, snapshot(session))


def _theirs(
    connection: duckdb.DuckDBPyConnection, folder: Path, listed: Iterable[Segment]
) -> Iterator[_Theirs]:
    """Yield the segments, of events that count or do not, that have rows of the accounts."""
    for segment in listed:
        if segment.kind in PERSONAL:
            rows, properties = presence(connection, folder, segment)
            if rows:
                yield _Theirs(segment, rows, properties)


def _all_properties(theirs: Iterable[_Theirs]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in theirs:
        for path, rows in one.properties.items():
            found[path] = found.get(path, 0) + rows
    return dict(sorted(found.items()))


def _written(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    affected: Sequence[_Theirs],
    changes: Changes,
    listed: Sequence[Segment],
) -> list[_Replacement]:
    """Write the new files; where anything fails, none of them is left."""
    made: list[_Replacement] = []
    try:
        for one in affected:
            old = one.segment
            here = frozenset(changes.touched & one.properties.keys())
            own = Changes(removed=changes.removed & here, renamed=changes.renamed & here, salt=changes.salt)
            _, others = presence(connection, folder, old, theirs=False)
            query, layout = rewriting(old, folder, own, others)
            new = write_segment(connection, folder, old.kind, query, layout)
            made += [] if new is None else [_Replacement(old, new, here)]
            same = _checked(old, new, here)
            stale = stale_keys(listed, old)
            made += [_Replacement(keys, write_keys(connection, folder, same)) for keys in stale[:1]]
    except BaseException:
        forget(folder, [one.new for one in made])
        raise
    return made


def _list(session: Session, one: _Replacement) -> None:
    if one.old.kind == "keys":
        replace_file(session, one.old, one.new)
    else:
        replace_segment(session, one.old, one.new, one.touched)


@contextmanager
def _listing(engine: Engine, place: Place, made: Sequence[_Replacement]) -> Iterator[Session]:
    """Give the session in which what was written is listed, all or nothing."""
    written = [one.new for one in made]
    try:
        place.publish(written)
        with writing(engine) as session:
            yield session
    except BaseException:
        if made and _is_surely_unlisted(engine, made[0].new):
            place.withdraw(written)
        raise


def _is_surely_unlisted(engine: Engine, segment: Segment) -> bool:
    try:
        with reading(engine) as session:
            return not is_listed(session, segment.file)
    except StorageFailed:
        return False


def _checked(old: Segment, new: Segment | None, touched: Collection[str]) -> Segment:
    """Return what was written; StorageFailed where a damaged segment reads as something else than it held."""
    if new is None or _figures(old, touched) != _figures(new, touched):
        raise StorageFailed(
            "the segment does not hold what the manifest says; nothing was erased",
            where=old.file,
            mend="run `usagebill verify`",
        )
    return new


def _figures(segment: Segment, touched: Collection[str]) -> tuple[int, int, int, dict[str, Sums]]:
    sums = {path: one for path, one in segment.sums.items() if path not in touched}
    return segment.rows, segment.first_at, segment.last_at, sums
