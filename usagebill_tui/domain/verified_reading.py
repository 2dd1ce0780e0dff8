"""What a plugin's reader yields, checked before it becomes events."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from usagebill_tui.domain.origin import contained, failure
from usagebill_tui.domain.reading import EventReader, Record
from usagebill_tui.errors import UsagebillError

KIND = "event reader"


def records_of(reader: EventReader, stream: BinaryIO, name: str) -> Iterator[Record]:
    """Yield a reader's rows; whatever a plugin's reader raises or yields wrongly is InvalidInput."""
    return reader.read(stream, name) if reader.origin is None else _checked(reader, stream, name)


def recognised(reader: EventReader, start: bytes) -> bool:
    """Tell whether a reader recognises the start of a file; raises InvalidInput where it fails."""
    with contained(KIND, reader, "failed to recognise a file"):
        return bool(reader.recognises(start))


def _checked(reader: EventReader, stream: BinaryIO, name: str) -> Iterator[Record]:
    batches: Iterator[Iterable[object]] | None = None
    while True:
        with contained(KIND, reader, f"failed on {name}", passing=UsagebillError):
            if batches is None:
                batches = iter(reader.batches(stream, name))
            batch = next(batches, None)
            rows = None if batch is None else list(batch)
        if rows is None:
            return
        for record in rows:
            yield _verified(record, reader)


def _verified(record: object, reader: EventReader) -> Record:
    if not isinstance(record, Record):
        raise failure(KIND, reader, f"yielded {type(record).__name__} where a Record is due")
    line: object = record.line
    raw: object = record.raw
    if not isinstance(line, int) or not isinstance(raw, str):
        raise failure(KIND, reader, "yielded a Record whose line is no number or whose raw is no text")
    fields: object = record.fields
    if fields is None:
        return record
    if not isinstance(fields, dict):
        raise failure(KIND, reader, f"yielded fields of type {type(fields).__name__} in line {record.line}")
    with contained(KIND, reader, f"yielded fields that cannot be read in line {record.line}"):
        odd = list(islice(inexact(fields, reader.cells), 1))
    if odd:
        raise failure(KIND, reader, f"yielded {odd[0]!r} in line {record.line}, which is no exact value")
    return record


def inexact(value: object, texts_only: bool) -> Iterator[object]:  # noqa: FBT001 - recursive, and said by the name
    """Find what is neither text, whole number, finite Decimal, None nor a list or dict of such."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from (() if isinstance(key, str) else (key,))
            yield from inexact(member, texts_only)
    elif texts_only:
        yield from (() if isinstance(value, str) else (value,))
    elif isinstance(value, list):
        for member in value:
            yield from inexact(member, texts_only)
    elif isinstance(value, Decimal):
        yield from (() if value.is_finite() else (value,))
    elif value is not None and not isinstance(value, str | int):
        yield value
