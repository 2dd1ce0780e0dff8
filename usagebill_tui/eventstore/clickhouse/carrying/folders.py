"""A folder's segments, read and written portion by portion."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.clickhouse.carrying.bench import Bench
from usagebill_tui.eventstore.clickhouse.carrying.digests import Digests, digests_of
from usagebill_tui.eventstore.clickhouse.carrying.portions import CARRIED, Portion
from usagebill_tui.eventstore.clickhouse.carrying.receipts import Receipts
from usagebill_tui.eventstore.clickhouse.carrying.segments import layout_in, segment_sql, wire_sql
from usagebill_tui.eventstore.clickhouse.sending import batch_column
from usagebill_tui.eventstore.parquet.files import digest_of, write_segment
from usagebill_tui.eventstore.parquet.identities import with_keys
from usagebill_tui.eventstore.parquet.relation import files_literal, text_literal
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import Segment, SegmentKind, commits, segments, snapshot


class FolderSource:
    """The segments in a folder that the manifest behind `engine` lists; StorageFailed for damaged ones."""

    def __init__(self, engine: Engine, folder: Path, bench: Bench) -> None:
        self._folder = folder
        self._bench = bench
        self._cut: tuple[SegmentKind, int] | None = None
        with reading(engine) as session:
            self.listed: Sequence[Segment] = segments(session, CARRIED, snapshot(session))
            self._seqs = dict(commits(session))
        for segment in self.listed:
            _check(folder / segment.file, segment)

    def counts(self, kind: SegmentKind) -> Mapping[int, int]:
        """Return how many rows of a kind each batch brought, wherever they lie."""
        own = self._of(kind)
        if not own:
            return {}
        by, files = batch_column(kind), files_literal(self._folder, own)
        found = self._bench.connection.execute(
            f"SELECT {by}, count(*) FROM read_parquet({files}) GROUP BY {by}"
        )
        return {int(batch): int(rows) for batch, rows in found.fetchall()}

    def digests(self, portion: Portion) -> Digests:
        """Return what the rows of a portion say, and have them at hand."""
        if portion.parts == 1:
            self._copy(self._rows(portion.kind, portion.batches), self._whole(), "")
        elif self._cut != (portion.kind, portion.batches[0]):
            rows = self._rows(portion.kind, portion.batches)
            shutil.rmtree(self._parts(), ignore_errors=True)
            divided = f"SELECT *, identity % {portion.parts:d} AS part FROM ({rows})"
            self._copy(divided, self._parts(), ", PARTITION_BY (part)")
            self._cut = (portion.kind, portion.batches[0])
        return digests_of(self._bench.connection, portion.kind, self.rows(portion))

    def rows(self, portion: Portion) -> str:
        """Return the SQL of a portion's rows, once their digests were asked for."""
        place = self._whole() if portion.parts == 1 else self._parts() / f"part={portion.part}" / "*.parquet"
        return f"SELECT * FROM read_parquet({text_literal(str(place))}, hive_partitioning=false)"

    def _rows(self, kind: SegmentKind, batches: Iterable[int]) -> str:
        seqs = {self._seqs[batch] for batch in batches}
        own = [s for s in self._of(kind) if any(s.first_seq <= seq <= s.seq for seq in seqs)]
        names = ", ".join(map(str, batches))
        wire = wire_sql(self._folder, kind, own, self._of("events"))
        return f"SELECT * FROM ({wire}) WHERE {batch_column(kind)} IN ({names})"

    def _copy(self, rows: str, target: Path, options: str) -> None:
        kept = f"(FORMAT parquet, COMPRESSION zstd{options})"
        self._bench.connection.execute(f"COPY ({rows}) TO {text_literal(str(target))} {kept}")

    def _of(self, kind: SegmentKind) -> list[Segment]:
        return [one for one in self.listed if one.kind == kind]

    def _whole(self) -> Path:
        return self._bench.folder / "staged.parquet"

    def _parts(self) -> Path:
        return self._bench.kept


class FolderTarget:
    """The folder of a store that nobody uses yet: a segment for each batch, or part of a large one."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        self._folder = folder
        self._bench = bench
        self._receipts = Receipts(folder)
        self._entries: list[Segment] = []
        for left in folder.glob(".*.tmp"):
            left.unlink()

    def missing(self, portion: Portion, digests: Digests) -> set[int]:
        """Return the batches of which it has not just these rows, in files that are whole."""
        lacking = set()
        for batch, digest in digests.items():
            written = self._receipts.find(portion, batch, digest)
            if written is None:
                lacking.add(batch)
            else:
                self._entries += written
        return lacking

    def put(self, portion: Portion, rows: str, digests: Digests) -> None:
        """Write rows, and hold what is there then against them."""
        for batch in sorted(digests):
            self._put(portion, batch, f"SELECT * FROM ({rows}) WHERE {portion.condition([batch])}", digests)

    def entries(self) -> list[Segment]:
        """Return the entries of all segments, keys included."""
        return self._entries

    def _put(self, portion: Portion, batch: int, rows: str, digests: Digests) -> None:
        connection, kind = self._bench.connection, portion.kind
        layout = layout_in(connection, kind, rows)
        name = f"{kind}-carried-{batch}-{portion.part + 1}-{portion.parts}.parquet"
        written = write_segment(
            connection, self._folder, kind, segment_sql(kind, rows, layout), layout, name=name
        )
        if written is None:
            message = f"a batch without {kind} was to be written"
            raise ValueError(message)
        back = wire_sql(self._folder, kind, [written], None)
        if digests_of(connection, kind, back) != {batch: digests[batch]}:
            what = "what was written is not what was read; it does not count"
            raise StorageFailed(what, where=written.file, mend="check the disk, then run it again")
        made = with_keys(connection, self._folder, [written])
        entries = [msgspec.structs.replace(one, batch=batch) for one in made]
        self._receipts.add(portion, batch, digests[batch], entries)
        self._entries += entries


def _check(path: Path, segment: Segment) -> None:
    try:
        whole = digest_of(path) == segment.sha256
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise StorageFailed(
            what, where=str(path), mend="run `usagebill verify`, and restore a backup"
        ) from error
    if not whole:
        mend = "run `usagebill verify`, and restore a backup"
        raise StorageFailed("is not what the manifest says", where=str(path), mend=mend)
