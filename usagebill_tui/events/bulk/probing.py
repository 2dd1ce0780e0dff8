"""Finding out where the values of a form go, by letting the normaliser take one such line apart.

Nothing of how shapes, mappings and paths work is said here again: a line with values that are known again is
read the exact way, and they are looked for in what becomes of it.
"""

import json
from collections.abc import Mapping, Sequence

import msgspec

from usagebill_tui.domain.properties import Value
from usagebill_tui.events.bulk.templates import Form
from usagebill_tui.events.normalise import MOST_PROPERTIES, Normaliser, Reading
from usagebill_tui.events.readers.json_values import records
from usagebill_tui.events.rows import Found
from usagebill_tui.events.types import Record
from usagebill_tui.events.unreadable import Unreadable

_MARK = "qz{}zq"
_NUMBER = 918_273_645_000_000


class Place(msgspec.Struct, frozen=True):
    """Where a field's value comes from: a slot of the line, or the same text for all (None: from nowhere).

    An id may be the JSON list of the texts of several slots, which are `joined`.
    """

    slot: int | None = None
    fixed: str | None = None
    joined: tuple[int, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """What becomes of the lines of a form; properties by path, those of all lines alike in `fixed`."""

    reading: Reading
    fields: Mapping[str, Place]
    properties: Mapping[str, int]
    fixed: Mapping[str, Value]

    @property
    def named(self) -> frozenset[int]:
        """Return the slots that fields are made of."""
        places = self.fields.values()
        single = (place.slot for place in places if place.slot is not None)
        return frozenset(single).union(*(place.joined for place in places))


def probed_line(form: Form, normaliser: Normaliser) -> Plan | None:
    """Return what becomes of JSON lines of a form; None where it depends on more than their form."""
    marks = marks_of(form)
    found = list(records(1, form.line(marks)))
    return _probed(found[0], marks, normaliser) if len(found) == 1 else None


def marks_of(form: Form) -> list[str]:
    """Return a value for each slot that is known again."""
    return [
        f"{_NUMBER + slot}" if kind == "bare" else _MARK.format(slot) for slot, kind in enumerate(form.kinds)
    ]


def probed_record(record: Record, form: Form, normaliser: Normaliser) -> Plan | None:
    """Return what becomes of a record whose values are the form's marks; likewise."""
    return _probed(record, marks_of(form), normaliser)


def probed_row(columns: Sequence[str], normaliser: Normaliser) -> Plan | None:
    """Return what becomes of rows of cells under these columns; likewise."""
    marks = [_MARK.format(slot) for slot in range(len(columns))]
    record = Record(1, "", dict(zip(columns, marks, strict=True)))
    return _probed(record, marks, normaliser)


def _probed(record: Record, marks: Sequence[str], normaliser: Normaliser) -> Plan | None:
    if record.fields is None:
        return None
    slots = {mark: slot for slot, mark in enumerate(marks)}
    try:
        reading = normaliser.reading_of(record)
        found = reading.rows.take_apart(record.fields)
        fields = {name: _place(getattr(found, name), slots) for name in Found._fields[:-1]}
        told = {path: _slot(value, slots) for path, value in found.properties.items()}
    except Unreadable:
        return None
    if len(told) > MOST_PROPERTIES:
        return None
    return Plan(
        reading=reading,
        fields=fields,
        properties={path: slot for path, slot in told.items() if slot is not None},
        fixed={path: found.properties[path] for path, slot in told.items() if slot is None},
    )


def _place(value: object, slots: Mapping[str, int]) -> Place:
    if value is None:
        return Place()
    text = str(value)
    if text in slots:
        return Place(slot=slots[text])
    if not isinstance(value, str) or _holds_mark(text):
        return Place(joined=_joined(text, slots))
    return Place(fixed=text)


def _joined(text: str, slots: Mapping[str, int]) -> tuple[int, ...]:
    """Return the slots that a JSON list of texts is made of; raises Unreadable where it is something else."""
    try:
        parts = json.loads(text)
    except ValueError:
        parts = None
    if not isinstance(parts, list) or not all(isinstance(part, str) and part in slots for part in parts):
        raise Unreadable("made of several values")
    return tuple(slots[part] for part in parts)


def _slot(value: Value, slots: Mapping[str, int]) -> int | None:
    for text in (value.as_text(), value.json or ""):
        if text in slots:
            return slots[text]
        if _holds_mark(text):
            raise Unreadable("made of several values")
    return None


def _holds_mark(text: str) -> bool:
    start, end = _MARK.split("{}")
    return (start in text and end in text) or str(_NUMBER)[:9] in text
