"""The laws of event readers."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from usagebill_tui.domain.origin import described
from usagebill_tui.domain.reading import EventReader, Record
from usagebill_tui.domain.verified_reading import inexact
from usagebill_tui.errors import UsagebillError
from usagebill_tui.testing.foreign import FOREIGN
from usagebill_tui.testing.law import LawBroken, Laws
from usagebill_tui.testing.reading_cases import START_BYTES, Given, Sample, damaged, read, sample

__all__ = ["Sample", "reader_laws"]

OWN = "recognises its own"
OTHERS = "leaves others alone"
AGREE = "recognise and read agree"
EXACT = "exact values"
COUNTS = "counts close"
SAME = "same bytes, same records"
DAMAGE = "damage is contained"


class Tried(msgspec.Struct, frozen=True):
    """A reader, files that are its own and files that are not, these by what they are."""

    reader: EventReader
    samples: Sequence[Sample]
    others: Mapping[str, bytes]


def reader_laws(
    reader: EventReader,
    *,
    samples: Iterable[Given] = (),
    others: Mapping[str, bytes] = FOREIGN,
) -> Laws:
    """Return the laws of an event reader; above a test function, they make a test of each.

    `samples` are files that it reads, as bytes, text, `Path` or `Sample` (default: the reader's `examples`),
    `others` the starts of files that it must leave alone, by what they are.
    """
    given = list(samples) or list(reader.examples)

    def tried() -> Tried:
        if not given:
            mend = f"say examples = (b'…',) in {type(reader).__name__}, or give samples="
            raise LawBroken("examples", f"there is no file to read: {mend}")
        kept = {name: content for name, content in others.items() if name != reader.name}
        return Tried(reader, [sample(each) for each in given], kept)

    laws = Laws(f"event reader {reader.name}")
    laws.add(OWN, recognises_its_own, tried)
    laws.add(OTHERS, leaves_others_alone, tried)
    laws.add(AGREE, recognise_and_read_agree, tried)
    laws.add(EXACT, exact_values, tried)
    laws.add(COUNTS, counts_close, tried)
    laws.add(SAME, same_bytes_same_records, tried)
    laws.add(DAMAGE, damage_is_contained, tried)
    return laws


def recognises_its_own(tried: Tried) -> None:
    """All samples are recognised by content; or none, where the reader has endings to know them by."""
    known = [_recognised(tried.reader, each.content) for each in tried.samples]
    if all(known) or (tried.reader.endings and not any(known)):
        return
    unknown = tried.samples[known.index(False)]
    why = "others are" if any(known) else "it has no endings to know files by"
    raise LawBroken(OWN, f"a sample is not recognised, and {why}", _shown(unknown.content))


def leaves_others_alone(tried: Tried) -> None:
    """Files of other kinds are not recognised."""
    for name, content in tried.others.items():
        if _recognised(tried.reader, content):
            raise LawBroken(OTHERS, f"takes {name} for its own", _shown(content))


def recognise_and_read_agree(tried: Tried) -> None:
    """What is a sample, or is recognised, can be read: at least one record, and nothing raised."""
    for each in tried.samples:
        reading = read(tried.reader, each.content, each.name)
        if reading.error is not None or not reading.good:
            raise LawBroken(AGREE, f"a sample yields {reading.told()}", _shown(each.content))


def exact_values(tried: Tried) -> None:
    """Fields are text, whole numbers, finite Decimals, true, false, None, lists, tables; cells are text."""
    for each in tried.samples:
        for record in read(tried.reader, each.content, each.name).good:
            odd = next(inexact(record.fields, tried.reader.cells), _EXACT)
            if odd is not _EXACT:
                what = f"{odd!r} in line {record.line} is no exact value"
                raise LawBroken(EXACT, what, _shown(each.content))


_EXACT = object()


def counts_close(tried: Tried) -> None:
    """Every row becomes a record: with fields or with an error, with its text, in the file's order."""
    for each in tried.samples:
        reading = read(tried.reader, each.content, each.name)
        before = 1
        for record in reading.records:
            flaw = _flaw(record, before)
            if flaw is not None:
                raise LawBroken(COUNTS, flaw, f"{record!r}")
            before = record.line
        if each.rows is not None and reading.error is None and len(reading.records) != each.rows:
            raise LawBroken(COUNTS, f"{reading.told()} of {each.rows} rows", _shown(each.content))


def same_bytes_same_records(tried: Tried) -> None:
    """The same bytes yield the same records, also when they come a few at a time."""
    for each in tried.samples:
        once = read(tried.reader, each.content, each.name)
        for few in (False, True):
            again = read(tried.reader, each.content, each.name, in_few_bytes=few)
            if again.records != once.records:
                how = "a few bytes at a time" if few else "again"
                raise LawBroken(SAME, f"{once.told()}, read {how} {again.told()}", _shown(each.content))


def damage_is_contained(tried: Tried) -> None:
    """A file that is cut off or damaged yields records with an error, or InvalidInput, nothing else."""
    for each in tried.samples:
        for content in damaged(each):
            error = read(tried.reader, content, each.name).error
            if error is not None and not isinstance(error, UsagebillError):
                raise LawBroken(DAMAGE, f"raises {described(error)}", _shown(content))


def _recognised(reader: EventReader, content: bytes) -> bool:
    return bool(reader.recognises(content[:START_BYTES]))


def _flaw(record: object, before: int) -> str | None:
    """Return what is wrong with a record, None where nothing is."""
    if not isinstance(record, Record):
        return f"yields {type(record).__name__} where a Record is due"
    if (record.fields is None) == (record.error is None):
        return "a record has neither fields nor error" if record.fields is None else "a record has both"
    line: object = record.line
    if not isinstance(line, int) or line < before:
        return f"line {line!r} comes after line {before}"
    raw: object = record.raw
    return None if isinstance(raw, str) else f"the text of line {line} is {type(raw).__name__}"


def _shown(content: bytes) -> str:
    """Write the beginning of a file in one line."""
    return f"{content[:120]!r}{'…' if len(content) > len(content[:120]) else ''}"
