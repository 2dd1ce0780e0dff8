"""Rejected rows on their way back in: mended by hand, and imported as a batch of their own."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path, PurePath

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.imports.importing import ImportReport, ImportRequest, import_events
from usagebill_tui.errors import NotFound, Refused, WrongCall
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options
from usagebill_tui.locations import write_private_file
from usagebill_tui.store.browsing.rejects import RejectEntry, reject_entries
from usagebill_tui.store.manifest import Batch, batches_with
from usagebill_tui.store.rejects import StoredReject, stored_rejects

_COMPRESSED = {".gz", ".zst"}
_PARQUET = ".parquet"
_NAMED = 5
_HEADS = "the rejected rows stood under different header lines"


def import_mended(house: House, batch: int, numbers: Sequence[int], rows: Sequence[str]) -> ImportReport:
    """Import, as a new batch, what rejected rows of a batch, given by their numbers, were mended to.

    They are read as their files were; a row that is not to be imported is left out. Raises NotFound for rows
    that are not there, Refused where they stood in files of several kinds, and whatever an import raises.
    """
    texts = [row for row in rows if row.strip()]
    if not texts:
        raise WrongCall("no rows to import", mend="mend at least one")
    with house.database.reading() as session:
        entries = reject_entries(session, batch, numbers)
        known = batches_with(session, [batch])
    if not numbers or len(entries) < len(set(numbers)):
        raise NotFound(f"batch {batch} has no such rejected rows", mend="load the list again")
    request = ImportRequest(options=_options(known[0], entries))
    return import_events(house, [_source(entries, texts)], request)


def export_rejects(house: House, batch: int, path: Path) -> int:
    """Write the rejected rows of a batch to a file, to be mended and imported; return how many.

    Raises NotFound where there are none, StorageFailed where the file cannot be written.
    """
    with house.database.reading() as session:
        found = list(stored_rejects(session, batch))
    write_private_file(path, rejects_text(found, as_array=path.suffix.lower() == ".json"))
    return len(found)


def rejects_text(found: Sequence[StoredReject | RejectEntry], *, as_array: bool = False) -> str:
    """Return rejected rows as a file that can be imported once they are mended, under their header line.

    Raises NotFound where there are none, Refused where their headers differ.
    """
    if not found:
        raise NotFound("there are no rejected rows to write", mend="`usagebill batches` shows who has some")
    heads = {reject.head for reject in found}
    if len(heads) > 1:
        mend = (
            "write one batch at a time, and files of one kind in a batch: usagebill rejects BATCH --out FILE"
        )
        raise Refused(_HEADS, mend=mend)
    return _joined(heads.pop(), [reject.raw for reject in found if reject.raw], as_array=as_array)


def _joined(head: str, rows: Sequence[str], *, as_array: bool) -> str:
    if as_array:
        return "[\n" + ",\n".join(rows) + "\n]\n"
    return "".join(f"{line}\n" for line in [*filter(None, [head]), *rows])


def _options(batch: Batch, entries: Sequence[RejectEntry]) -> Options:
    """Return how the files were read; the rows are text in UTF-8 by now."""
    names = {entry.file for entry in entries}
    found = {file.options for file in batch.files if file.name in names}
    if len(found) > 1:
        raise Refused("these rows stood in files that were read in different ways", mend="mend them by file")
    options = msgspec.json.decode(next(iter(found), "{}"), type=Options)
    form = options.input_format
    if form is not None and form.split(":")[0] == "parquet":
        form = ":".join(["jsonl", *form.split(":")[1:]])
    return msgspec.structs.replace(options, encoding="utf-8", input_format=form)


def _source(entries: Sequence[RejectEntry], rows: Sequence[str]) -> Source:
    ending = _ending(entries)
    heads = {entry.head for entry in entries}
    if len(heads) > 1:
        raise Refused(_HEADS, mend="mend those of one file at a time")
    text = _joined(heads.pop(), rows, as_array=ending == ".json")
    lines = ", ".join(str(entry.line) for entry in entries[:_NAMED])
    more = f" and {len(entries) - _NAMED:,} more" if len(entries) > _NAMED else ""
    stem = PurePath(entries[0].file).name.split(".")[0]
    name = f"{stem} (mended: line {lines}{more}){ending}"
    return Source(name, lambda: BytesIO(text.encode("utf-8", "surrogateescape")))


def _ending(entries: Sequence[RejectEntry]) -> str:
    endings = {_format_ending(entry.file) for entry in entries}
    if len(endings) > 1:
        raise Refused("these rows stood in files of different formats", mend="mend them by file")
    ending = endings.pop()
    if ending == _PARQUET or (not ending and _looks_like_json(entries[0].raw)):
        return ".jsonl"
    return ending or ".csv"


def _format_ending(name: str) -> str:
    path = PurePath(name)
    return PurePath(path.stem).suffix.lower() if path.suffix.lower() in _COMPRESSED else path.suffix.lower()


def _looks_like_json(raw: str) -> bool:
    try:
        json.loads(raw)
    except ValueError:
        return raw.lstrip().startswith("{")
    return True
