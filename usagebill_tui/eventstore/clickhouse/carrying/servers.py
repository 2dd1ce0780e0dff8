"""A server's rows, read and stored portion by portion."""

import secrets
from collections.abc import Mapping, Sequence

from sqlalchemy import Engine

from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.eventstore.clickhouse.carrying.bench import Bench
from usagebill_tui.eventstore.clickhouse.carrying.digests import Digests, digests_of, digests_on
from usagebill_tui.eventstore.clickhouse.carrying.portions import CARRIED, Portion
from usagebill_tui.eventstore.clickhouse.schema import Layout
from usagebill_tui.eventstore.clickhouse.sending import LAYOUTS, holdings
from usagebill_tui.eventstore.clickhouse.server import Server, Statement
from usagebill_tui.eventstore.clickhouse.verifying import altered_table, cluster_of, faults
from usagebill_tui.eventstore.parquet.relation import text_literal
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment, SegmentKind, segments, snapshot

_PIECES = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, ROW_GROUPS_PER_FILE 8)"
"""About a million rows a piece: a portion is one, as a rule."""
_FETCHED = {"content": "toString(content) AS digest", "metric": "toString(metric) AS code"}
_READ = {"content": "CAST(digest AS UUID) AS content", "metric": "code AS metric"}
"""How columns are fetched that Parquet has no type for, and how they are read again."""


class ServerSource:
    """The rows on a server that the manifest behind `engine` lists."""

    def __init__(self, engine: Engine, server: Server, bench: Bench) -> None:
        self._server = server
        self._bench = bench
        with reading(engine) as session:
            self.listed: Sequence[Segment] = segments(session, CARRIED, snapshot(session))
        for part, fault in faults(server, self.listed):
            raise StorageFailed(f"{part}: {fault}", where=server.place, mend="run `usagebill verify`")

    def counts(self, kind: SegmentKind) -> Mapping[int, int]:
        """Return how many rows of a kind each batch brought."""
        return {one.batch: one.rows for one in self.listed if one.kind == kind}

    def digests(self, portion: Portion) -> Digests:
        """Return what the rows of a portion say, as the server reads them."""
        return digests_on(self._server, portion.kind, portion.condition())

    def rows(self, portion: Portion) -> str:
        """Fetch the rows of a portion; raises StorageFailed where they come as others than they left."""
        layout = LAYOUTS[portion.kind]
        path = self._bench.folder / "fetched.parquet"
        columns = ", ".join(_FETCHED.get(name, name) for name in layout.names)
        sql = f"SELECT {columns} FROM {layout.name} WHERE {portion.condition()}"
        self._server.fetch(Statement(sql=sql), path)
        read = ", ".join(_READ.get(name, name) for name in layout.names)
        rows = f"SELECT {read} FROM read_parquet({text_literal(str(path))})"
        if digests_of(self._bench.connection, portion.kind, rows) != self.digests(portion):
            what = f"the {portion.kind} that it sent are not those that it has"
            raise StorageFailed(what, where=self._server.place, mend="run it again: it goes on where it was")
        return rows


class ServerTarget:
    """The tables of a store that nobody uses yet; its manifest, which lists nothing, lies behind `engine`."""

    def __init__(self, engine: Engine, server: Server, bench: Bench) -> None:
        self._server = server
        self._bench = bench
        with reading(engine) as session:
            self._is_listed = snapshot(session) > 0

    def missing(self, portion: Portion, digests: Digests) -> set[int]:
        """Return the batches of which it has not just these rows; what it has of them is removed.

        Rows are left of a portion that was interrupted. Raises Refused where the manifest lists some already.
        """
        there = digests_on(self._server, portion.kind, portion.condition())
        other = {batch for batch in there if there[batch] != digests.get(batch)}
        lacking = {batch for batch in digests if there.get(batch) != digests[batch]}
        if (other or lacking) and self._is_listed:
            what = f"the {portion.kind} were changed since they were carried"
            raise Refused(what, where=self._server.place, mend="move to another name")
        if other:
            table = altered_table(LAYOUTS[portion.kind].name, cluster_of(self._server))
            delete = f"ALTER TABLE {table} DELETE WHERE {portion.condition(other)}"
            self._server.run(delete, {"mutations_sync": 2})
        return lacking

    def put(self, portion: Portion, rows: str, digests: Digests) -> None:
        """Send rows, and hold what is there then against them."""
        layout = LAYOUTS[portion.kind]
        self._send(layout, rows)
        if digests_on(self._server, portion.kind, portion.condition(digests)) != digests:
            what = f"the {portion.kind} there are not those that were sent; nothing of them counts"
            mend = "run it again: it goes on where it was"
            raise StorageFailed(what, where=self._server.place, mend=mend)

    def entries(self) -> list[Segment]:
        """Return the entries of all that the server holds."""
        return [one for kind in CARRIED for one in holdings(self._server, kind)]

    def _send(self, layout: Layout, rows: str) -> None:
        folder = self._bench.folder / "sent"
        folder.mkdir()
        names = ", ".join(layout.names)
        target = text_literal(str(folder))
        self._bench.connection.execute(f"COPY (SELECT {names} FROM ({rows})) TO {target} {_PIECES}")
        token = secrets.token_hex(8)
        for number, piece in enumerate(sorted(folder.glob("*.parquet"))):
            self._server.insert(layout.name, layout.names, piece, f"{token}-{number}")
            piece.unlink()
