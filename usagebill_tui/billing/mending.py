"""Rejected rows on their way back in: mended by hand, and imported as a batch of their own."""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import PurePath

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.billing.importing import ImportReport, ImportRequest, import_events
from usagebill_tui.errors import NotFound, Refused, WrongCall
from usagebill_tui.events.source import Source
from usagebill_tui.events.types import Options
from usagebill_tui.store.browsing.rejects import RejectEntry, reject_entries
from usagebill_tui.store.manifest import Batch, batches_with
from usagebill_tui.store.rejects import StoredReject

_COMPRESSED = {".gz", ".zst"}
_PARQUET = ".parquet"


def import_mended(house: House, batch: int, rows: Mapping[int, str]) -> ImportReport:
    """Import rejected rows of a batch, given by their numbers with their mended text, as a new batch.

    They are read as their files were. Raises NotFound for rows that are not there, Refused where they stood
    in files of several kinds, and whatever an import raises.
    """
    if not rows:
        raise WrongCall("no rows to import", mend="choose at least one")
    with house.database.reading() as session:
        entries = reject_entries(session, batch, list(rows))
        known = batches_with(session, [batch])
    if len(entries) < len(rows):
        raise NotFound(f"batch {batch} has no such rejected rows", mend="load the list again")
    mended = [msgspec.structs.replace(entry, raw=rows[entry.number]) for entry in entries]
    request = ImportRequest(options=_options(known[0], mended))
    return import_events(house, [_source(mended)], request)


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
        raise Refused("the rejected rows stood under different header lines", mend=mend)
    rows = [reject.raw for reject in found]
    if as_array:
        return "[\n" + ",\n".join(rows) + "\n]\n"
    return "".join(f"{line}\n" for line in [*filter(None, heads), *rows])


def _options(batch: Batch, mended: Sequence[RejectEntry]) -> Options:
    """Return how the files were read; the rows are text in UTF-8 by now."""
    names = {entry.file for entry in mended}
    found = {file.options for file in batch.files if file.name in names}
    if len(found) > 1:
        raise Refused("these rows stood in files that were read in different ways", mend="mend them by file")
    options = msgspec.json.decode(next(iter(found), "{}"), type=Options)
    form = options.input_format
    if form is not None and form.split(":")[0] == "parquet":
        form = ":".join(["jsonl", *form.split(":")[1:]])
    return msgspec.structs.replace(options, encoding="utf-8", input_format=form)


def _source(mended: Sequence[RejectEntry]) -> Source:
    ending = _ending(mended)
    text = rejects_text(mended, as_array=ending == ".json")
    lines = ", ".join(str(entry.line) for entry in mended[:5])
    more = f" and {len(mended) - 5:,} more" if len(mended) > 5 else ""  # noqa: PLR2004 - the five above
    stem = PurePath(mended[0].file).name.split(".")[0]
    name = f"{stem} (mended: line {lines}{more}){ending}"
    return Source(name, lambda: BytesIO(text.encode("utf-8", "surrogateescape")))


def _ending(mended: Sequence[RejectEntry]) -> str:
    endings = {_format_ending(entry.file) for entry in mended}
    if len(endings) > 1:
        raise Refused("these rows stood in files of different formats", mend="mend them by file")
    ending = endings.pop()
    if ending == _PARQUET or (not ending and _looks_like_json(mended[0].raw)):
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
