"""What an event reader is tried on: sample files, whole and damaged."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from usagebill_tui.domain.origin import described
from usagebill_tui.domain.reading import EventReader, Record
from usagebill_tui.testing.dice import dice
from usagebill_tui.testing.trials import copied

START_BYTES = 65_536
"""How much of a file a reader sees to recognise it."""

_DAMAGES = 12
_FEW_BYTES = 7


class Sample(msgspec.Struct, frozen=True):
    """A file that a reader reads: its content, decompressed, its name, and how many rows it holds.

    Where `rows` is given, so many records must come, good and bad ones together.
    """

    content: bytes
    name: str = "sample"
    rows: int | None = None


Given = Sample | bytes | str | Path
"""A sample as people give it: text, bytes, or a file by its path."""


def sample(given: Given) -> Sample:
    """Return a sample; raises OSError for a file that cannot be read."""
    match given:
        case Sample():
            return given
        case Path():
            return Sample(given.read_bytes(), given.name)
        case str():
            return Sample(given.encode())
        case _:
            return Sample(given)


class Reading(msgspec.Struct, frozen=True):
    """What came of reading: the records, and what was raised instead of more."""

    records: list[Record]
    error: BaseException | None = None

    @property
    def good(self) -> list[Record]:
        """Return the records that have fields."""
        return [record for record in self.records if getattr(record, "fields", None) is not None]

    def told(self) -> str:
        """Write it for people."""
        end = "" if self.error is None else f", then {described(self.error)}"
        return f"{len(self.good)} good and {len(self.records) - len(self.good)} bad records{end}"


def read(reader: EventReader, content: bytes, name: str = "sample", *, in_few_bytes: bool = False) -> Reading:
    """Read content with a copy of a reader; `in_few_bytes` gives it little at once, as pipes do."""
    records: list[Record] = []
    stream = io.BufferedReader(_Trickle(content), 16) if in_few_bytes else io.BytesIO(content)
    try:
        records.extend(copied(reader).read(stream, name))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - what came instead of records is what we tell
        return Reading(records, error)
    return Reading(records)


def damaged(given: Sample) -> Iterator[bytes]:
    """Yield a sample cut off, and with bytes changed, in various places."""
    content = given.content
    chance = dice("damage", len(content))
    for _ in range(_DAMAGES if content else 0):
        yield content[: chance.randrange(len(content))]
        place = chance.randrange(len(content))
        yield (
            content[:place]
            + bytes([chance.choice((0, 0xFF, ord("\n"), ord('"'), ord("0")))])
            + content[place + 1 :]
        )
    yield b"\xff\xfe\x00"
    yield b"\n"
    yield b""


class _Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        given = self._rest[: min(_FEW_BYTES, len(buffer))]
        buffer[: len(given)] = given
        self._rest = self._rest[len(given) :]
        return len(given)
