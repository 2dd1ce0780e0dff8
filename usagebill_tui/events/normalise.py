"""Rows become events, or rejects with a reason."""

from collections.abc import Sequence
from decimal import Decimal

from usagebill_tui.events.cell_rows import CellRows
from usagebill_tui.events.content import content_of
from usagebill_tui.events.mapping import FieldMap, field_map
from usagebill_tui.events.object_rows import ObjectRows
from usagebill_tui.events.rows import Found, Rows
from usagebill_tui.events.timestamps import Timestamps
from usagebill_tui.events.types import Event, Options, Record, Reject
from usagebill_tui.events.unreadable import Unreadable
from usagebill_tui.events.values import Values

NAME_CHARACTERS = 1_000
"""No id, source, account or metric may be longer."""


class Normaliser:
    """Turns the records of one file into events.

    With `columns` rows are cells under them, without they are JSON objects. Raises WrongCall where the
    options contradict themselves, InvalidInput where a column or the time zone is unknown.
    """

    def __init__(self, options: Options, columns: Sequence[str] | None = None) -> None:
        self._fields: FieldMap = field_map(options)
        self._values = Values()
        self._rows: Rows = (
            ObjectRows(self._fields, self._values)
            if columns is None
            else CellRows(self._fields, tuple(columns), self._values)
        )
        self._timestamps = Timestamps(options)
        self._values.rounded = 0

    @property
    def rounded(self) -> int:
        """How many numbers in events so far were cut to 18 digits after the point."""
        return self._values.rounded

    def normalise(self, record: Record) -> Event | Reject:
        """Return the event that a record is, or why it is none."""
        if record.fields is None:
            return Reject(record.line, record.error or "cannot be read", record.raw)
        before = self._values.rounded
        try:
            return self._event(record.line, self._rows.take_apart(record.fields))
        except Unreadable as reason:
            self._values.rounded = before
            return Reject(record.line, str(reason), record.raw)

    def _event(self, line: int, found: Found) -> Event:
        source = "" if found.source in (None, "") else _name("source", found.source)
        account = self._required("account", found.account)
        metric = self._required("metric", found.metric)
        if found.timestamp is None:
            raise Unreadable(self._fields.missing("timestamp"))
        timestamp = self._timestamps.read(found.timestamp)
        identity = None if found.id is None else _name("id", found.id)
        properties = found.properties
        content = content_of(source, account, metric, timestamp, properties)
        return Event(line, source, identity, account, metric, timestamp, properties, content)

    def _required(self, field: str, value: object) -> str:
        if value is None:
            raise Unreadable(self._fields.missing(field))
        return _name(field, value)


def _name(field: str, value: object) -> str:
    """Return a name: a text that is not blank, or an integer's digits; raises Unreadable."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, int) and not isinstance(value, bool):
        text = str(Decimal(value))
    else:
        raise Unreadable(f"{field} is {_kind(value)}, not a text")
    if len(text) > NAME_CHARACTERS:
        raise Unreadable(f"{field} is longer than {NAME_CHARACTERS:,} characters")
    if not text or text.isspace():
        raise Unreadable(f"{field} is blank")
    return text


def _kind(value: object) -> str:
    kinds = {
        bool: "true or false",
        list: "a list",
        dict: "an object",
        Decimal: "a number with a fraction or exponent",
    }
    return kinds.get(type(value), "of another kind")
