"""Sending a batch's rows: as Parquet, in pieces, each under a token, and held against what was sent.

A piece whose answer is lost is sent again under the same token, which the server stores once. All the same
nothing rests on that alone: before a batch is listed, the server says how many of its rows it holds and what
they add up to, and that must be what was sent.
"""

import secrets
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from usagebill_tui.domain.quantity import exact_arithmetic, plain
from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.clickhouse import schema
from usagebill_tui.eventstore.clickhouse.schema import Layout
from usagebill_tui.eventstore.clickhouse.server import Server, Statement
from usagebill_tui.eventstore.parquet.relation import text_literal
from usagebill_tui.store.manifest import Segment, SegmentKind, Sums

_OPTIONS = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, ROW_GROUPS_PER_FILE 8)"
"""About a million rows a piece, which the server takes as one block."""
LAYOUTS: Mapping[SegmentKind, Layout] = {
    "events": schema.EVENTS,
    "claims": schema.CLAIMS,
    "conflicts": schema.CONFLICTS,
    "hides": schema.HIDES,
}


class NotHeld(StorageFailed):
    """The server does not hold what was sent, each row once."""


def batch_column(kind: SegmentKind) -> str:
    """Return the column with the number of the batch that brought a row."""
    return "hidden_by" if kind == "hides" else "batch"


def send(
    server: Server,
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    kind: SegmentKind,
    query: str,
    batch: int,
) -> Segment | None:
    """Send the rows of a query as part of a batch and return its manifest entry; None where there are none.

    Raises NotHeld where the server does not hold them afterwards, each once. What it holds of a batch that
    does not come to be listed never counts.
    """
    layout = LAYOUTS[kind]
    target = folder / f"send-{kind}-{batch}"
    names = ", ".join(layout.names)
    target.mkdir()
    connection.execute(f"COPY (SELECT {names} FROM ({query})) TO {text_literal(str(target))} {_OPTIONS}")
    pieces = sorted(target.glob("*.parquet"), key=lambda path: (len(path.name), path.name))
    sent = _measured(connection, target, kind, batch)
    if not sent.rows:
        return None
    token = secrets.token_hex(8)
    for number, piece in enumerate(pieces):
        server.insert(layout.name, layout.names, piece, f"{token}-{number}")
        piece.unlink()
    of_batch = f"{batch_column(kind)} = {batch:d}"
    held = {one.batch: one for one in holdings(server, kind, of_batch, summed=bool(sent.sums))}
    if batch not in held or differs(held[batch], sent):
        stored = held[batch].rows if batch in held else 0
        what = f"holds {stored:,} rows of {sent.rows:,} that were sent; nothing of them counts"
        mend = "try again; `usagebill doctor --repair` removes them"
        raise NotHeld(what, where=server.place, mend=mend)
    return sent


def newest_batch(server: Server) -> int:
    """Return the largest number of a batch of which the server holds any row, 0 where it holds none."""
    tables = " UNION ALL ".join(
        f"SELECT max({batch_column(kind)}) AS newest FROM {layout.name}" for kind, layout in LAYOUTS.items()
    )
    return int(server.value(Statement(sql=f"SELECT max(newest) FROM ({tables})")) or 0)


def differs(one: Segment, other: Segment) -> bool:
    """Tell whether two entries of a batch's rows of one kind say different things of them."""
    return _said(one) != _said(other)


def holdings(
    server: Server, kind: SegmentKind, condition: str = "1", *, summed: bool = True
) -> Iterator[Segment]:
    """Yield what the server holds of each batch: how many rows, their times, sums and digest."""
    layout = LAYOUTS[kind]
    number = batch_column(kind)
    times = "min(timestamp), max(timestamp)" if _is_timed(layout) else "toInt64(0), toInt64(0)"
    text = ", '|', ".join(f"toString({name})" for name in _digested(layout))
    digest = f"sum(toUInt256(reinterpretAsUInt64(reverse(substring(MD5(concat({text})), 1, 8)))))"
    found = server.rows(
        Statement(
            sql=f"SELECT {number} AS b, count(), {times}, toString({digest}) FROM {layout.name} "
            f"WHERE {condition} GROUP BY b ORDER BY b"
        )
    )
    sums = _held_sums(server, layout, condition) if summed and "numbers" in layout.names else {}
    for batch, rows, first, last, digits in found:
        yield _entry(kind, batch, (rows, first, last, digits), sums.get(batch, {}))


def _held_sums(server: Server, layout: Layout, condition: str) -> dict[int, dict[str, Sums]]:
    found = server.rows(
        Statement(
            sql="SELECT batch, tupleElement(one, 1) AS path, count(), min(tupleElement(one, 2)), "
            "max(tupleElement(one, 2)), sum(toDecimal256(tupleElement(one, 2), 18)) FROM ("
            f"SELECT batch, arrayJoin(CAST(numbers AS Array(Tuple(String, Decimal(38, 18))))) AS one "
            f"FROM {layout.name} WHERE {condition}) GROUP BY batch, path"
        )
    )
    sums: dict[int, dict[str, Sums]] = {}
    for batch, path, count, least, greatest, total in found:
        sums.setdefault(batch, {})[path] = Sums(count, plain(least), plain(greatest), plain(total))
    return sums


def _measured(connection: duckdb.DuckDBPyConnection, folder: Path, kind: SegmentKind, batch: int) -> Segment:
    """Return the entry of the rows in the pieces of a folder, as DuckDB reads them."""
    layout = LAYOUTS[kind]
    rows = f"read_parquet({text_literal(str(folder / '*.parquet'))})"
    times = "min(timestamp), max(timestamp)" if _is_timed(layout) else "0, 0"
    text = ", '|', ".join(f"{name}::VARCHAR" for name in _digested(layout))
    digest = f"sum(('0x' || left(md5(concat({text})), 16))::UBIGINT)::VARCHAR"
    found = connection.execute(f"SELECT count(*), {times}, {digest} FROM {rows}").fetchone() or (0, 0, 0, "")
    sums = _sums(connection, rows) if "numbers" in layout.names and found[0] else {}
    size = sum(path.stat().st_size for path in folder.glob("*.parquet"))
    return _entry(kind, batch, found, sums, size)


def _sums(connection: duckdb.DuckDBPyConnection, rows: str) -> dict[str, Sums]:
    # Sums of whole parts and of fractions fit where those of the numbers might not.
    found = connection.execute(
        "SELECT one.key, count(*), min(one.value), max(one.value), sum(trunc(one.value)), "
        "sum(one.value - trunc(one.value)) "
        f"FROM (SELECT unnest(map_entries(numbers)) AS one FROM {rows}) GROUP BY one.key"
    ).fetchall()
    with exact_arithmetic():
        return {
            path: Sums(count, plain(least), plain(greatest), plain(Decimal(whole) + Decimal(fraction)))
            for path, count, least, greatest, whole, fraction in found
        }


def _entry(
    kind: SegmentKind, batch: int, found: tuple[Any, ...], sums: Mapping[str, Sums], size: int = 0
) -> Segment:
    rows, first, last, digest = found
    return Segment(
        batch=batch,
        kind=kind,
        file=f"{kind} of batch {batch}",
        sha256=f"{int(digest or 0):064x}",
        bytes=size,
        rows=rows,
        first_at=first or 0,
        last_at=last or 0,
        sums=dict(sorted(sums.items())),
    )


def _said(entry: Segment) -> tuple[Any, ...]:
    return entry.rows, entry.first_at, entry.last_at, entry.sha256, dict(entry.sums)


def _is_timed(layout: Layout) -> bool:
    return "timestamp" in layout.names and layout.name != "hides"


def _digested(layout: Layout) -> list[str]:
    left_out = {"numbers", "texts", "others", "identity", "hidden_by"}
    return [name for name in layout.names if name not in left_out]
