"""Readers that are broken in one way each, and the one law that finds it."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from tests.testing.finding import broken_laws
from tests.testing.obedient import Pairs
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin import EventReader, Record
from usagebill_tui.testing import Sample, reader_laws


class OnlyTheFirst(Pairs):
    def recognises(self, start: bytes) -> bool:
        return start.startswith(b"#pairs 1")


class WithoutEndings(Pairs):
    endings = ()

    def recognises(self, start: bytes) -> bool:
        return False


class TakesAll(Pairs):
    def recognises(self, start: bytes) -> bool:
        return b"=" in start or b"," in start


class Refusing(Pairs):
    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        if stream.readline().startswith(b"#pairs 2"):
            raise InvalidInput("is not version 1", where=name)
        yield from super().read(stream, name)


class Floating(Pairs):
    cells = False

    def record(self, number: int, text: str) -> Record:
        found = super().record(number, text)
        fields: Any = found.fields
        return (
            found if fields is None else Record(number, text, {**fields, "gb": float(fields.get("gb") or 0)})
        )


class Numbers(Pairs):
    def record(self, number: int, text: str) -> Record:
        found = super().record(number, text)
        fields: Any = found.fields
        return found if fields is None else Record(number, text, {**fields, "place": number})


class Neither(Pairs):
    def record(self, number: int, text: str) -> Record:
        found = super().record(number, text)
        return found if found.fields is not None else Record(number, text, None)


class Backwards(Pairs):
    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        yield from reversed(list(super().read(stream, name)))


class Dropping(Pairs):
    examples = (Sample(b"#pairs\nid=e1\nnonsense\n", rows=2),)

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        yield from (record for record in super().read(stream, name) if record.error is None)


class OneReadOnly(Pairs):
    def read(self, stream: Any, name: str) -> Iterator[Record]:
        yield from super().read(io.BytesIO(stream.read1(1_000_000)), name)


class Strict(Pairs):
    def record(self, number: int, text: str) -> Record:
        text.encode("ascii")
        return super().record(number, text)


BROKEN: list[tuple[EventReader, str, str]] = [
    (OnlyTheFirst(), "recognises its own", "is not recognised, and others are"),
    (WithoutEndings(), "recognises its own", "no endings"),
    (TakesAll(), "leaves others alone", "takes csv for its own"),
    (Refusing(), "recognise and read agree", "0 good and 0 bad records, then InvalidInput"),
    (Floating(), "exact values", "1.0 in line 2"),
    (Numbers(), "exact values", "2 in line 2"),
    (Neither(), "counts close", "neither fields nor error"),
    (Backwards(), "counts close", "comes after line"),
    (Dropping(), "counts close", "1 good and 0 bad records of 2 rows"),
    (OneReadOnly(), "same bytes, same records", "a few bytes at a time"),
    (Strict(), "damage is contained", "UnicodeEncodeError"),
]


@pytest.mark.parametrize(
    ("broken", "law", "what"), BROKEN, ids=[type(broken).__name__ for broken, _, _ in BROKEN]
)
def test_each_is_caught_by_just_one_law(broken: EventReader, law: str, what: str) -> None:
    ((name, found),) = broken_laws(reader_laws(broken)).items()
    assert name == law
    assert what in found.what
    assert found.example


def test_what_they_were_before_is_lawful(tmp_path: Path) -> None:
    assert broken_laws(reader_laws(Pairs())) == {}
    (tmp_path / "x.pairs").write_bytes(b"#pairs\nid=e1\n")
    given: list[Path | str | bytes] = [tmp_path / "x.pairs", "#pairs\nid=e1;a=\n", b"#pairs\nid=e1\n"]
    assert broken_laws(reader_laws(Pairs(), samples=given)) == {}


def test_samples_are_asked_for() -> None:
    class Bare(Pairs):
        examples = ()

    found = broken_laws(reader_laws(Bare()))
    assert {error.law for error in found.values()} == {"examples"}


def test_every_law_finds_something() -> None:
    assert {law for _, law, _ in BROKEN} == {law.name for law in reader_laws(Pairs())}
