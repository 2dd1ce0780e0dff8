"""Importing event files: read, checked, and stored as one batch, or not at all."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.imports.delivering import Delivering
from usagebill_tui.domain.event import Event
from usagebill_tui.errors import Refused, UsagebillError
from usagebill_tui.events.preview import Preview
from usagebill_tui.events.reading import read_parts
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options
from usagebill_tui.eventstore.types import Conflict, Delivery, OnConflict, StoredEvent
from usagebill_tui.store.manifest import BatchFile, Counts, earlier_readings

Progress = Callable[[int, int], None]
"""Called now and then with the rows and the bytes read so far."""


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How files are read and what happens to conflicts; limits of None do not apply."""

    options: Options = Options()
    on_conflict: OnConflict = "keep-first"
    again: bool = False
    max_rejects: int | None = None
    expect_rows: int | None = None
    dry_run: bool = False


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did; the counts close: read = accepted + duplicates + conflicts + rejected.

    `first_rejects` are some of the rejected rows as (file, line, reason), `examples` some of the conflicts,
    `first` the first file's first events as they would be stored (in no batch yet).
    """

    batch: int | None
    format: str
    counts: Counts
    unresolved: int
    first_rejects: tuple[tuple[str, int, str], ...] = ()
    examples: tuple[Conflict, ...] = ()
    first: tuple[StoredEvent, ...] = ()

    @property
    def outcome(self) -> Literal["done", "partly"]:
        """Return `partly` where rows were rejected or are in unresolved conflict."""
        return "partly" if self.counts.rejected or self.unresolved else "done"


_FIRST_REJECTS = 5


def import_events(
    house: House, sources: Sequence[Source], request: ImportRequest, progress: Progress | None = None
) -> ImportReport:
    """Import files as one batch.

    Raises InvalidInput or NotFound where a file cannot be used, where a limit of the request is not met or,
    with `fail`, at a conflict; Refused where a file was imported before in another way. Nothing is stored
    then.
    """
    under_way = house.events.start_import(trial=request.dry_run)
    rejects: list[tuple[str, int, str]] = []
    preview = Preview()
    try:
        read = 0
        for place, source in enumerate(sources):
            delivering = Delivering(under_way, place, None if place else preview)
            parts = read_parts(
                source, request.options, under_way.workplace, readers=house.registry.event_readers
            )
            for rows, refused in delivering.all_of(parts):
                rejects.extend(
                    (source.name, r.line, r.reason) for r in refused[: _FIRST_REJECTS - len(rejects)]
                )
                _check_rejects(delivering.rejected, rejects, request)
                read += rows
                if progress is not None:
                    progress(read, sum(s.bytes for s in sources))
        if request.expect_rows is not None and read != request.expect_rows:
            mend = "nothing was imported; check that the file is complete"
            raise UsagebillError(f"{read:,} rows read, {request.expect_rows:,} expected", mend=mend)
        delivery = _delivery(sources, request)
        if not request.again:
            _check_readings(house, delivery.files)
        outcome = under_way.finish(delivery, house.author())
    finally:
        under_way.close()
    return ImportReport(
        batch=outcome.batch,
        format=delivery.format,
        counts=outcome.counts,
        unresolved=outcome.counts.conflicts if request.on_conflict == "keep-first" else 0,
        first_rejects=tuple(rejects),
        examples=outcome.examples,
        first=tuple(_as_stored(event) for event in preview.events),
    )


def _as_stored(event: Event) -> StoredEvent:
    return StoredEvent(
        batch=0,
        source=event.source,
        id=event.id or "",
        account=event.account,
        metric=event.metric,
        timestamp=event.timestamp,
        properties=event.properties,
    )


def _check_rejects(rejected: int, rejects: Sequence[tuple[str, int, str]], request: ImportRequest) -> None:
    if request.max_rejects is None or rejected <= request.max_rejects:
        return
    file, line, reason = rejects[0]
    raise UsagebillError(
        f"more than {request.max_rejects:,} rows rejected, the first: {reason}",
        where=f"{file}, line {line}",
        mend="nothing was imported; mend the file, or allow more with --max-rejects",
    )


def _delivery(sources: Sequence[Source], request: ImportRequest) -> Delivery:
    options = msgspec.json.encode(request.options, order="deterministic").decode()
    return Delivery(
        files=tuple(BatchFile(s.name, s.sha256, s.bytes, options) for s in sources),
        format=",".join(dict.fromkeys(s.format for s in sources)),
        on_conflict=request.on_conflict,
        dry_run=request.dry_run,
    )


def _check_readings(house: House, files: Sequence[BatchFile]) -> None:
    """Refuse a file that was imported before, byte for byte, with other mappings."""
    with house.database.reading() as session:
        for file in files:
            earlier = [
                batch for batch, options in earlier_readings(session, file.sha256) if options != file.options
            ]
            if earlier:
                undo = f"usagebill batches undo {earlier[0]}"
                raise Refused(
                    f"batch {earlier[0]} imported these very bytes with other options",
                    where=file.name,
                    mend=f"take it back first ({undo}), or say --again to count both",
                )
