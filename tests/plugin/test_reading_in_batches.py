import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import pytest

from usagebill_tui.domain.origin import Origin
from usagebill_tui.domain.verified_reading import records_of
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin import EventReader, Record


class Lines(EventReader):
    """Reads a row from each line."""

    name = "lines"
    endings = (".lines",)
    origin = Origin("lines", "1", "here")

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        del name
        for number, line in enumerate(stream, 1):
            text = line.decode().rstrip("\n")
            yield Record(number, text, {"id": text})


class Halves(Lines):
    """Finds many rows at once."""

    def batches(self, stream: BinaryIO, name: str) -> Iterator[Sequence[Record]]:
        rows = list(self.read(stream, name))
        yield rows[: len(rows) // 2]
        yield rows[len(rows) // 2 :]


class Broken(Lines):
    """Fails in its second batch."""

    def batches(self, stream: BinaryIO, name: str) -> Iterator[Sequence[Record]]:
        yield list(self.read(stream, name))
        raise KeyError("lost")


def text(rows: int) -> bytes:
    return b"".join(b"row %d\n" % number for number in range(rows))


def test_rows_come_in_batches_in_bounded_memory() -> None:
    sizes = [len(batch) for batch in Lines().batches(io.BytesIO(text(2_500)), "x")]
    assert sizes == [1_000, 1_000, 500]
    assert list(Lines().batches(io.BytesIO(), "x")) == []


def test_a_reader_may_hand_over_batches_of_its_own() -> None:
    rows = list(records_of(Halves(), io.BytesIO(text(7)), "x"))
    assert rows == list(Lines().read(io.BytesIO(text(7)), "x"))


def test_what_fails_between_batches_is_named() -> None:
    with pytest.raises(InvalidInput, match="lines"):
        list(records_of(Broken(), io.BytesIO(text(3)), "x"))
