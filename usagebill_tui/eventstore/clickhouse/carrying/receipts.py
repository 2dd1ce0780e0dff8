"""What was carried to a folder, noted beside it, so that an interrupted move knows which files are whole."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from usagebill_tui.eventstore.clickhouse.carrying.digests import Digest
from usagebill_tui.eventstore.clickhouse.carrying.portions import Portion
from usagebill_tui.eventstore.parquet.files import digest_of
from usagebill_tui.store.manifest import Segment

NAME = "carried.jsonl"
"""A move removes it once all is there."""


class _Receipt(msgspec.Struct, frozen=True):
    key: str
    digest: str
    entries: tuple[Segment, ...]


class Receipts:
    """A file of receipts in the folder above the one of segments, which is the new workspace's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder.parent / NAME
        self._known = {one.key: one for one in _read(self._path)}

    def find(self, portion: Portion, batch: int, digest: Digest) -> Sequence[Segment] | None:
        """Return the entries of what was carried, if it said the same and its files are whole."""
        one = self._known.get(_key(portion, batch))
        if one is None or one.digest != str(tuple(digest)):
            return None
        return one.entries if all(_is_whole(self._folder / s.file, s) for s in one.entries) else None

    def add(self, portion: Portion, batch: int, digest: Digest, entries: Sequence[Segment]) -> None:
        """Note what was carried."""
        one = _Receipt(_key(portion, batch), str(tuple(digest)), tuple(entries))
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(one) + b"\n")


def _read(path: Path) -> list[_Receipt]:
    found = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=_Receipt))
        except msgspec.DecodeError:
            continue  # Torn where the writing was interrupted: that portion is carried again.
    return found


def _key(portion: Portion, batch: int) -> str:
    return f"{portion.kind} {batch} {portion.part} {portion.parts}"


def _is_whole(path: Path, segment: Segment) -> bool:
    try:
        return digest_of(path) == segment.sha256
    except OSError:
        return False
