"""Rows become events, or rejects with a reason."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.cell_rows import CellRows
from usagebill_tui.events.content import content_of
from usagebill_tui.events.mapping import FieldMap, field_map, given_fields
from usagebill_tui.events.object_rows import ObjectRows
from usagebill_tui.events.recognition import candidates, heads
from usagebill_tui.events.rows import Found, Rows
from usagebill_tui.events.shapes import USAGEBILL, Shape
from usagebill_tui.events.timestamps import Timestamps
from usagebill_tui.events.types import Event, Options, Record, Reject
from usagebill_tui.events.unreadable import Unreadable
from usagebill_tui.events.values import NAME_CHARACTERS, Values

MOST_PROPERTIES = 1_500
"""No event may have more."""
KEPT = 1 << 20
"""How many characters of a rejected row are kept."""

_FIRST_ROWS = 1_000
_FIRST_CHARACTERS = 4 * 1024 * 1024
_KNOWN = 10_000


class Reading:
    """How the rows of one shape are taken apart."""

    def __init__(self, shape: Shape, options: Options, values: Values, columns: Sequence[str] | None) -> None:
        self.shape = shape
        self.fields: FieldMap = field_map(options, shape)
        self.rows: Rows = (
            ObjectRows(self.fields, values)
            if columns is None
            else CellRows(self.fields, tuple(columns), values)
        )
        self.timestamps = Timestamps(options, shape.time_unit)

    def event(self, record: Record) -> Event:
        """Return the event that a record with fields is; raises Unreadable."""
        found: Found = self.rows.take_apart(record.fields or {})
        source = "" if found.source in (None, "") else _name("source", found.source)
        account = self._required("account", found.account)
        metric = self._required("metric", found.metric)
        if found.timestamp is None:
            raise Unreadable(self.fields.missing("timestamp"))
        timestamp = self.timestamps.read(found.timestamp)
        identity = None if found.id is None else _name("id", found.id)
        properties = found.properties
        if len(properties) > MOST_PROPERTIES:
            raise Unreadable(f"there are more than {MOST_PROPERTIES:,} properties")
        content = content_of(source, account, metric, timestamp, properties)
        return Event(record.line, source, identity, account, metric, timestamp, properties, content)

    def _required(self, field: str, value: object) -> str:
        if value is None:
            raise Unreadable(self.fields.missing(field))
        return _name(field, value)


class Normaliser:
    """Turns the records of one file into events.

    With `columns` rows are cells under them, without they are JSON objects. They have the `shape` given, or
    the one that their keys tell. Raises WrongCall where the options contradict themselves, InvalidInput where
    a column or the time zone is unknown or columns fit several shapes.
    """

    def __init__(
        self, options: Options, columns: Sequence[str] | None = None, shape: Shape | None = None
    ) -> None:
        self._options = options
        self._asked = shape
        self._given = given_fields(options)
        self._columns = columns
        self._values = Values()
        self._readings: dict[Shape, Reading] = {}
        self._by_keys: dict[tuple[str, ...], Reading | Unreadable] = {}
        self._told = self._recognised_header(columns) if shape is None and columns is not None else shape
        self._usual = self._told or USAGEBILL
        self._reading(self._usual)
        self._seen = {self._usual.name: None} if self._told else {}
        self._values.rounded = 0

    @property
    def rounded(self) -> int:
        """How many numbers in events so far were cut to 18 digits after the point."""
        return self._values.rounded

    @property
    def shapes(self) -> tuple[str, ...]:
        """The names of the shapes that rows so far plainly had."""
        return tuple(self._seen)

    def under(self, columns: Sequence[str]) -> "Normaliser":
        """Return a normaliser by the same options for rows that are cells under these columns."""
        return Normaliser(self._options, columns, self._asked)

    def settle(self, records: Iterable[Record]) -> Iterator[Record]:
        """Take the file's usual shape, for rows that tell none, from the first that does; return all rows."""
        rest = iter(records)
        if self._told is not None:
            return rest
        first: list[Record] = []
        characters = 0
        for record in rest:
            first.append(record)
            characters += len(record.raw)
            found = [] if record.fields is None else candidates(record.fields, self._given)
            if len(found) == 1:
                self._usual = found[0]
                break
            if len(first) >= _FIRST_ROWS or characters > _FIRST_CHARACTERS:
                break
        return chain(first, rest)

    def normalise(self, record: Record) -> Event | Reject:
        """Return the event that a record is, or why it is none."""
        fields = record.fields
        if fields is None:
            return _rejected(record, record.error or "cannot be read")
        before = self._values.rounded
        try:
            return self.reading_of(record).event(record)
        except Unreadable as reason:
            self._values.rounded = before
            return _rejected(record, str(reason))

    def tried(self, record: Record) -> Event | Reject:
        """Return what `normalise` does, but count nothing."""
        before = self._values.rounded
        row = self.normalise(record)
        self._values.rounded = before
        return row

    def reading_of(self, record: Record) -> Reading:
        """Return how a record with fields is taken apart; raises Unreadable where its keys do not tell."""
        if self._told is not None:
            return self._readings[self._told]
        keys = tuple(record.fields or ())
        reading = self._by_keys.get(keys) or self._recognised(keys)
        if isinstance(reading, Unreadable):
            raise Unreadable(str(reading))
        return reading

    def _recognised(self, keys: tuple[str, ...]) -> Reading | Unreadable:
        found = candidates(keys, self._given)
        if len(found) > 1 and self._usual not in found:
            reading: Reading | Unreadable = Unreadable(f"{_several(found)}; say which with --input-format")
        else:
            shape = found[0] if len(found) == 1 else self._usual
            reading = self._reading(shape)
            if found:
                self._seen[shape.name] = None
        if len(self._by_keys) >= _KNOWN:
            self._by_keys.clear()
        self._by_keys[keys] = reading
        return reading

    def _recognised_header(self, columns: Sequence[str]) -> Shape:
        found = candidates(heads(columns), self._given)
        if len(found) > 1:
            raise InvalidInput(_several(found), mend="say which with --input-format")
        return found[0] if found else USAGEBILL

    def _reading(self, shape: Shape) -> Reading:
        if shape not in self._readings:
            before = self._values.rounded
            self._readings[shape] = Reading(shape, self._options, self._values, self._columns)
            self._values.rounded = before
        return self._readings[shape]


def _rejected(record: Record, reason: str) -> Reject:
    if len(record.raw) <= KEPT:
        return Reject(record.line, reason, record.raw, record.head)
    cut = f"{reason}; only the first {KEPT:,} characters of the row are kept"
    return Reject(record.line, cut, record.raw[:KEPT], record.head)


def _several(shapes: Sequence[Shape]) -> str:
    names = [shape.name for shape in shapes]
    return f"its keys fit {', '.join(names[:-1])} and {names[-1]}"


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
