"""Finding stored events by identity without reading all ids.

Beside each large segment of events lies a file of kind `keys`: the sorted hashes of its identities, each with
the place of its row. An import looks there for the hashes of what came, and compares the real source and id
where one is found. DuckDB may hash otherwise in another version, so a file's name says what hash it was made
with; one of another hash is not used, and made anew by a later import.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from usagebill_tui.eventstore.parquet.files import forget, make_private, settled, write_segment
from usagebill_tui.eventstore.parquet.places import Place
from usagebill_tui.eventstore.parquet.relation import (
    events_sql,
    files_literal,
    hides_sql,
    text_literal,
    visible,
)
from usagebill_tui.store.manifest import Segment

KEYED_ROWS = 1 << 16
"""A segment with as many rows as this has a file of keys; the ids of smaller ones are read."""

KEY = "(hash(id, source) >> 16)"
"""48 bits: so few that a row takes 6 to 7 bytes, so many that hardly any id is read in vain."""
_OPTIONS = "(FORMAT parquet, PARQUET_VERSION v2, COMPRESSION uncompressed, USE_TMP_FILE false)"
"""Sorted numbers are written as differences, which are short."""


def known_identities(
    connection: duckdb.DuckDBPyConnection, place: Place, segments: Sequence[Segment], seq: int
) -> None:
    """Make the table `known` (source, id, content, batch) of the events that count and are in `incoming` too.

    `incoming` is a table with source and id; `segments` are those of kinds events, hides and keys.
    """
    keys = _usable_keys(connection, segments)
    keyed = [s for s in visible(segments, seq) if s.file in keys and s.reach is None]
    unkeyed = [s for s in segments if s not in keyed]
    hides = [s for s in segments if s.kind == "hides"]
    place.fetch([*hides, *visible(unkeyed, seq), *(keys[s.file] for s in keyed)])
    connection.execute(
        "CREATE TEMP TABLE known AS SELECT e.source, e.id, e.content, e.batch "
        f"FROM ({events_sql(place.folder, unkeyed, seq, [])}) e "
        "SEMI JOIN incoming i ON i.source = e.source AND i.id = e.id"
    )
    if keyed:
        _look_up(connection, place, [(s, keys[s.file]) for s in keyed])
        _add_found(connection, place.folder, hides)


def known_batches(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """Return the batches of the events in the table `known`."""
    return {batch for (batch,) in connection.execute("SELECT DISTINCT batch FROM known").fetchall()}


def with_keys(
    connection: duckdb.DuckDBPyConnection, folder: Path, written: Sequence[Segment]
) -> list[Segment]:
    """Return what was just written, with keys where they lack; where that fails, no file is left."""
    made = list(written)
    try:
        made += [
            write_keys(connection, folder, one)
            for one in written
            if _is_large(one) and not stale_keys(written, one)
        ]
    except BaseException:
        forget(folder, made)
        raise
    return made


def write_keys(connection: duckdb.DuckDBPyConnection, folder: Path, segment: Segment) -> Segment:
    """Write the keys of a segment of events that has rows, and return their manifest entry."""
    query = _keys_sql(folder / segment.file)
    name = _name(_probe(connection), segment)
    written = write_segment(connection, folder, "keys", query, {}, name=name, options=_OPTIONS)
    if written is None:
        message = f"{segment.file} has no rows"
        raise ValueError(message)
    return written


def early_keys(
    connection: duckdb.DuckDBPyConnection, path: Path, segment: Segment
) -> tuple[Path, Segment] | None:
    """Write the keys of a file that may become a segment beside it; None where it is too small for that."""
    if not _is_large(segment):
        return None
    target = path.with_name(f"keys-{path.name}")
    make_private(target)
    connection.execute(f"COPY ({_keys_sql(path)}) TO {text_literal(str(target))} {_OPTIONS}")
    keys = settled(connection, target, "keys", {}, _name(_probe(connection), segment))
    return None if keys is None else (target, keys)


def without_keys(
    connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment], seq: int
) -> list[Segment]:
    """Return the large segments of events that have no keys which this DuckDB could use."""
    keys = _usable_keys(connection, segments)
    return [s for s in visible(segments, seq) if _is_large(s) and s.file not in keys]


def stale_keys(segments: Iterable[Segment], segment: Segment) -> list[Segment]:
    """Return the keys of a segment, made with whatever hash."""
    return [s for s in segments if s.kind == "keys" and s.file.endswith(_token(segment))]


def _keys_sql(path: Path) -> str:
    rows = f"read_parquet({text_literal(str(path))}, file_row_number=true)"
    return f"SELECT {KEY} AS key, file_row_number::UINTEGER AS place FROM {rows} ORDER BY key"


def _is_large(segment: Segment) -> bool:
    return segment.kind == "events" and segment.rows >= KEYED_ROWS


def _token(segment: Segment) -> str:
    return segment.file.removeprefix("events")


def _name(probe: str, segment: Segment) -> str:
    return f"keys-{probe}{_token(segment)}"


def _probe(connection: duckdb.DuckDBPyConnection) -> str:
    """Return what tells hash functions apart: the hash of texts of many lengths."""
    texts = (
        "SELECT repeat('7é', i::INTEGER) AS id, repeat('s/', i::INTEGER % 5) AS source FROM range(40) t(i)"
    )
    row = connection.execute(
        f"SELECT format('{{:016x}}', bit_xor(hash(id, source))) FROM ({texts})"
    ).fetchone()
    return str(row[0]) if row else ""


def _usable_keys(connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment]) -> dict[str, Segment]:
    """Return the keys that this DuckDB can use, by the file of the segment they are of."""
    keys = {s.file: s for s in segments if s.kind == "keys"}
    if not keys:
        return {}
    probe = _probe(connection)
    names = {s.file: _name(probe, s) for s in segments if _is_large(s)}
    return {file: keys[name] for file, name in names.items() if name in keys}


def _look_up(
    connection: duckdb.DuckDBPyConnection, place: Place, keyed: Sequence[tuple[Segment, Segment]]
) -> None:
    """Make the table `hits` (source, id, content, batch) of rows, counting or not, that are in `incoming`."""
    connection.execute(
        "CREATE TEMP TABLE places AS SELECT parse_filename(k.filename) AS file, k.place "
        f"FROM read_parquet({files_literal(place.folder, [keys for _, keys in keyed])}, filename=true) k "
        f"SEMI JOIN (SELECT {KEY} AS key FROM incoming) i ON i.key = k.key"
    )
    connection.execute(
        "CREATE TEMP TABLE candidates AS SELECT source, id, content, batch FROM known WHERE false"
    )
    found = {file for (file,) in connection.execute("SELECT DISTINCT file FROM places").fetchall()}
    hit = [(segment, own) for segment, own in keyed if own.file in found]
    place.fetch(segment for segment, _ in hit)
    for segment, own in hit:
        # Joined with nothing but the places, DuckDB reads just the rows that are there.
        here = f"SELECT place::BIGINT AS place FROM places WHERE file = {text_literal(own.file)}"
        connection.execute(
            "INSERT INTO candidates SELECT e.source, e.id, e.content, e.batch "
            f"FROM read_parquet({text_literal(str(place.folder / segment.file))}, file_row_number=true) e "
            f"SEMI JOIN ({here}) p ON p.place = e.file_row_number"
        )
    connection.execute(
        "CREATE TEMP TABLE hits AS SELECT c.* FROM candidates c "
        "SEMI JOIN incoming i ON i.source = c.source AND i.id = c.id"
    )


def _add_found(connection: duckdb.DuckDBPyConnection, folder: Path, hides: Sequence[Segment]) -> None:
    """Add to `known` those of `hits` that count."""
    counting = "SELECT * FROM hits"
    if hides and connection.execute("SELECT 1 FROM hits LIMIT 1").fetchone() is not None:
        counting += (
            f" f ANTI JOIN ({hides_sql(folder, hides)}) h "
            "ON h.batch = f.batch AND h.source = f.source AND h.id = f.id"
        )
    connection.execute(f"INSERT INTO known {counting}")
