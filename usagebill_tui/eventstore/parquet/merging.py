"""Merging small segments, so that questions open few files however many imports there were.

A merge moves rows and changes nothing else: each row keeps its batch, so that every snapshot sees in the
merged segment what it saw in the parts. Their files stay for a day, for those who read them already.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import duckdb
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.files import write_segment
from usagebill_tui.eventstore.parquet.identities import stale_keys, with_keys, without_keys, write_keys
from usagebill_tui.eventstore.parquet.layout import FIXED, merged
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.eventstore.parquet.staging import widened
from usagebill_tui.eventstore.parquet.totals import totals_of
from usagebill_tui.store.engine import reading, writing
from usagebill_tui.store.manifest import KINDS, Columns, Segment, SegmentKind, segments, snapshot
from usagebill_tui.store.merges import give_up_files, is_listed, list_keys, list_merged, outlived_files

MEMBERS = 16
"""So many segments of one kind and size are merged."""
SMALL_ROWS, SMALL_BYTES = 1 << 16, 1 << 23
"""A segment as large as this is left alone."""
MOST_ROWS, MOST_BYTES, MOST_PARTS, MOST_COLUMNS = 1 << 20, 1 << 26, 1 << 10, 1_000
"""What one merge takes at most, so that no import waits long for it."""
_OPTIONS = (
    "(FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE {rows}, "
    "WRITE_BLOOM_FILTER false, USE_TMP_FILE false)"
)
_FEW_ROWS, _FEW_COLUMNS, _MANY_ROWS = 20_480, 50, 122_880
KEPT = timedelta(days=1)
"""How long the files of what was merged stay for those who read them."""

_DELIVERED = {"batch": "BIGINT", "source": "VARCHAR", "id": "VARCHAR"}
_COLUMNS: dict[SegmentKind, dict[str, str]] = {
    "events": FIXED,
    "claims": {**_DELIVERED, "content": "UUID"},
    "conflicts": FIXED,
    "hides": {**_DELIVERED, "hidden_by": "BIGINT"},
}


def tidy(engine: Engine, connection: duckdb.DuckDBPyConnection, place: Place, at: datetime) -> None:
    """Merge what is due, and remove the files whose time is over; call it under the import lock.

    What fails is left for the next time: all that is listed stays readable.
    """
    with suppress(StorageFailed, duckdb.Error):
        with reading(engine) as session:
            seq = snapshot(session)
            listed = segments(session, KINDS, seq)
            outlived = outlived_files(session, at)
        for parts in due(listed):
            _merge(engine, connection, place, parts, at + KEPT)
        for segment in without_keys(connection, listed, seq)[:1]:
            _renew_keys(engine, connection, place, segment, stale_keys(listed, segment), at + KEPT)
        if outlived:
            _remove(engine, place, outlived, at)


def due(listed: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Yield what to merge: for each kind, the smallest size of which there are enough."""
    for kind in _COLUMNS:
        tiers: dict[int, list[Segment]] = {}
        for segment in listed:
            if segment.kind == kind and _is_small(segment):
                tiers.setdefault(_tier(segment), []).append(segment)
        for _, members in sorted(tiers.items()):
            parts = list(_fitting(members))
            if len(parts) >= MEMBERS:
                yield parts
                break


def _is_small(segment: Segment) -> bool:
    return segment.hidden_from is None and segment.rows < SMALL_ROWS and segment.bytes < SMALL_BYTES


def _tier(segment: Segment) -> int:
    """Return the segment's size as a power of `MEMBERS`, so that each row is merged a few times at most."""
    return (segment.rows.bit_length() - 1) // (MEMBERS.bit_length() - 1)


def _fitting(segments_: Iterable[Segment]) -> Iterator[Segment]:
    """Yield the segments, oldest first, that one merge can take."""
    rows = size = parts = 0
    columns: set[tuple[str, str]] = set()
    for segment in segments_:
        wider = columns | set(_columns(segment.layout.items()))
        within = rows + segment.rows <= MOST_ROWS and size + segment.bytes <= MOST_BYTES
        if within and parts < MOST_PARTS and len(wider) <= MOST_COLUMNS:
            rows, size, parts, columns = rows + segment.rows, size + segment.bytes, parts + 1, wider
            yield segment


def _columns(layout: Iterable[tuple[str, Columns]]) -> Iterator[tuple[str, str]]:
    for path, columns in layout:
        for kind, name in (("number", columns.number), ("text", columns.text), ("json", columns.json)):
            if name is not None:
                yield path, kind


def _merge(
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    place: Place,
    parts: Sequence[Segment],
    kept_until: datetime,
) -> None:
    place.fetch(parts)
    folder = place.folder
    kind = parts[0].kind
    layout = merged(part.layout for part in parts)
    rows = widened([(folder / part.file, part.layout) for part in parts], layout, _COLUMNS[kind])
    order = "metric, account, timestamp" if "metric" in _COLUMNS[kind] else "batch, source, id"
    query = f"SELECT * FROM ({rows}) ORDER BY {order}"
    segment = write_segment(connection, folder, kind, query, layout, options=_options(layout))
    if segment is None:
        return
    made = with_keys(connection, folder, [segment])
    with _listing(engine, place, made) as session:
        _check(segment, parts)
        list_merged(session, segment, parts, kept_until, made[1:])


def _options(layout: Mapping[str, Columns]) -> str:
    """Return how a merged segment is written: rows of one metric and account lie in few, small groups.

    Each group of each column is described in the file, so with very many columns groups are large.
    """
    columns = len(list(_columns(layout.items())))
    return _OPTIONS.format(rows=_FEW_ROWS if columns <= _FEW_COLUMNS else _MANY_ROWS)


def _renew_keys(
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    place: Place,
    segment: Segment,
    stale: Sequence[Segment],
    kept_until: datetime,
) -> None:
    """Write keys that this DuckDB can use."""
    place.fetch([segment])
    keys = write_keys(connection, place.folder, segment)
    with _listing(engine, place, [keys]) as session:
        list_keys(session, keys, segment, stale, kept_until)


@contextmanager
def _listing(engine: Engine, place: Place, made: Sequence[Segment]) -> Iterator[Session]:
    """Give the session in which what was made is listed, all or nothing."""
    try:
        place.publish(made)
        with writing(engine) as session:
            yield session
    except BaseException:
        if _is_surely_unlisted(engine, made[0]):
            place.withdraw(made)
        raise


def _check(segment: Segment, parts: Sequence[Segment]) -> None:
    """Raise StorageFailed where a damaged part reads as something else: it is never replaced by that."""
    if totals_of([segment]) != totals_of(parts):
        message = "segments that are to be merged do not hold what the manifest says"
        raise StorageFailed(message, where=segment.file, mend="run `usagebill verify`")


def _is_surely_unlisted(engine: Engine, segment: Segment) -> bool:
    try:
        with reading(engine) as session:
            return not is_listed(session, segment.file)
    except StorageFailed:
        return False


def _remove(engine: Engine, place: Place, files: Sequence[str], now: datetime) -> None:
    # First the entries, then the files: what a crash leaves between the two is unlisted, and found as such.
    with writing(engine) as session:
        give_up_files(session, now)
    place.remove(files)
