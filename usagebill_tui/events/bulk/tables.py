"""A form and its plan as a table: SQL that makes events of the lines that are proven to be of the form.

What is proven: the line is its form with these values, and each value is one that the exact way would take
for the same. Whatever is not proven is not wrong; it goes the exact way.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from usagebill_tui.domain.event import Table
from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import plain
from usagebill_tui.events.bulk.blocks import Block
from usagebill_tui.events.bulk.numbers import (
    JSON_SPELLINGS,
    TEXT_SPELLINGS,
    are_whole,
    fit_narrow,
    is_none,
    is_plain,
    narrow_number,
    number,
    starts_like_none,
)
from usagebill_tui.events.bulk.probing import Place, Plan
from usagebill_tui.events.bulk.steps import NARROW, NARROW_FRACTION, WIDE, Steps, literal
from usagebill_tui.events.bulk.templates import Cell, Form, kinds_seen
from usagebill_tui.events.bulk.times import Written, time
from usagebill_tui.events.timestamps import FIRST, LAST
from usagebill_tui.events.values import NAME_CHARACTERS, Values

SPARE = 8
"""So many cells more than the form has are read, so that a delimiter within a value breaks no statement."""

_BACKSLASH = ord("\\")
_NO_TEXT = "\x01"
# What Python's `isspace` knows beyond ASCII.
_SPACES = (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_COLUMN = {"number": "n", "narrow": "n", "text": "t", "json": "j"}


class Unfit(Exception):
    """The form's values are such that DuckDB cannot be trusted with them."""


def table_of(
    block: Block,
    form: Form,
    plan: Plan,
    rows: Sequence[Sequence[str]],
    *,
    start: int = 0,
    mark: str = "",
    wide: bool = False,
) -> Table | None:
    """Return the table of a block's lines of a form, of which some `rows` of values are known.

    Lines before the one numbered `start` are not in it, nor are those with a `mark` in a cell. Where it is
    not `wide`, only such numbers fit as the rows have.
    """
    try:
        return _Maker(block, form, plan, rows, start, mark, wide=wide).table()
    except Unfit:
        return None


def has_narrow(tables: Iterable[Table]) -> bool:
    """Tell whether any of the tables has numbers that are not wide."""
    return any(kind == "narrow" for table in tables for _, kind, _ in table.properties)


def counting_sql(block: Block, form: Form) -> str:
    """Return the SQL of how many lines DuckDB sees in a block."""
    return f"SELECT count(*) FROM {_lines(block, form)}"  # noqa: S608 - made of our own names


class Typed(NamedTuple):
    """Rows with a line and columns c0, c1 … that `select` gives: texts, but for those that are named here.

    `moments` are times themselves; true: with a zone, so that they are instants. `quantities` are numbers
    that all fit, with so many digits after the point.
    """

    select: str
    moments: Mapping[int, bool]
    quantities: Mapping[int, int]


def typed_table(
    form: Form, plan: Plan, rows: Sequence[Sequence[str]], typed: Typed, *, wide: bool = False
) -> Table | None:
    """Return the table of rows of typed columns, of which some `rows` are known."""
    block = Block(Path(), 1, ascii=False)
    maker = _Maker(block, form, plan, rows, 0, "", wide=wide)
    try:
        return maker.typed(typed)
    except Unfit:
        return None


class _Maker:
    def __init__(
        self,
        block: Block,
        form: Form,
        plan: Plan,
        rows: Sequence[Sequence[str]],
        start: int,
        mark: str,
        *,
        wide: bool,
    ) -> None:
        self._wide = wide
        self._start = start
        self._mark = mark
        self._lines: str | None = None
        self._moments: Mapping[int, bool] = {}
        self._quantities: Mapping[int, int] = {}
        self._block = block
        self._form = form
        self._plan = plan
        self._rows = rows
        self._length = "strlen" if block.ascii else "length"
        self._steps = Steps()
        self._values = Values()

    def table(self) -> Table:
        """Return the table; raises Unfit."""
        for slot in range(len(self._form.kinds)):
            self._take(slot)
        outputs = [
            f"{self._name('source')} AS source",
            f"{self._name('id')} AS id",
            f"{self._name('account')} AS account",
            f"{self._name('metric')} AS metric",
            f"{self._time()} AS timestamp",
        ]
        properties: list[tuple[str, str, str]] = []
        for path, slot in self._plan.properties.items():
            properties += [(path, kind, f"{_COLUMN[kind]}{slot}") for kind in self._property(slot)]
        for place, (path, value) in enumerate(self._plan.fixed.items()):
            for kind, expression in _constant(value):
                outputs.append(f"{expression} AS {_COLUMN[kind]}f{place}")
                properties.append((path, kind, f"{_COLUMN[kind]}f{place}"))
        for slot in self._ignored():
            if self._lines is None:
                self._property(slot)
        own = {column: None for _, _, column in properties if "f" not in column}
        named = self._plan.fields["id"] != Place()
        return Table(self._steps.query(self._cells(), [*outputs, *own]), tuple(properties), named)

    def typed(self, rows: Typed) -> Table:
        """Return the table of rows that are selected already; raises Unfit."""
        self._lines, self._moments, self._quantities = rows
        if self._moments.keys() & self._plan.properties.values():
            raise Unfit
        return self.table()

    def _moment(self, slot: int) -> str:
        """Return the SQL of a time that is one already."""
        if not self._moments[slot] and not self._plan.reading.timestamps.is_utc:
            raise Unfit
        self._steps.prove(f"v{slot} BETWEEN make_timestamp({FIRST}) AND make_timestamp({LAST})")
        return f"v{slot}"

    def _cells(self) -> str:
        """Return the SQL of the lines whose text around values is the form's."""
        if self._lines is not None:
            return self._lines
        conditions = [*self._around(), f"c{len(self._form.cells)} IS NULL"]
        if self._start > self._block.first:
            conditions.append(f"line >= {self._start:d}")
        numbered = f"SELECT row_number() OVER () + {self._block.first - 1} AS line, *"
        lines = f"{numbered} FROM {_lines(self._block, self._form)}"
        return f"SELECT * FROM ({lines}) WHERE {' AND '.join(conditions)}"  # noqa: S608 - all is quoted

    def _around(self) -> list[str]:
        conditions = []
        for place, cell in enumerate(self._form.cells):
            if cell.slot is None:
                conditions.append(f"c{place} = {literal(cell.prefix)}")
                continue
            if cell.prefix:
                conditions.append(f"starts_with(c{place}, {literal(cell.prefix)})")
            if cell.suffix:
                least = len(cell.prefix) + len(cell.suffix)
                conditions += [
                    f"ends_with(c{place}, {literal(cell.suffix)})",
                    f"{self._length}(c{place}) >= {least}",
                ]
            if not cell.prefix and not cell.suffix:
                conditions.append(f"c{place} IS NOT NULL")
        return conditions

    def _take(self, slot: int) -> None:
        """Take a value out of its cell, and prove that it is a whole value of its kind."""
        place, cell = self._place(slot)
        value = self._steps.add("value", f"v{slot}", self._inner(f"c{place}", cell))
        if self._mark and not (self._mark == '"' and self._block.quotes == 0):
            self._steps.prove(f"NOT contains({value}, {literal(self._mark)})")
        if self._form.kinds[slot] == "text":
            if self._form.delimiter != '"' and not self._are_marks_counted():
                self._steps.prove(f"NOT contains({value}, '\"')")
            if _BACKSLASH in self._block.odd:
                self._steps.prove(f"NOT contains({value}, '\\')")

    def _place(self, slot: int) -> tuple[int, Cell]:
        return next((n, cell) for n, cell in enumerate(self._form.cells) if cell.slot == slot)

    def _inner(self, column: str, cell: Cell) -> str:
        """Return the SQL of the value within a cell in this column."""
        around = len(cell.prefix) + len(cell.suffix)
        inner = f"substr({column}, {len(cell.prefix) + 1}, {self._length}({column}) - {around})"
        return inner if around else column

    def _written(self, slot: int) -> Written:
        """Return how a slot's time stands in its cell, which is the column e{slot} from the first step on."""
        place, cell = self._place(slot)
        return Written(f"c{place}", cell.prefix, cell.suffix, self._inner(f"e{slot}", cell))

    def _are_marks_counted(self) -> bool:
        """Tell whether each line has just the quotation marks of the form, so that none is within a value."""
        fixed = "".join(cell.prefix + cell.suffix for cell in self._form.cells)
        return self._form.delimiter != '"' and self._block.quotes == fixed.count('"')

    def _samples(self, slot: int) -> list[str]:
        return [row[slot] for row in self._rows]

    def _name(self, field: str) -> str:
        """Return the SQL of a field that is a name."""
        place: Place = self._plan.fields[field]
        if field == "id" and place == Place():
            return "CAST(NULL AS VARCHAR)"
        if place.slot is None:
            return _constant_name(field, place.fixed)
        if place.slot in self._moments:
            raise Unfit
        value = f"v{place.slot}"
        if self._form.kinds[place.slot] == "bare":
            return self._whole_number(place.slot)
        starts = f"{value} >= '!' AND {value} < '\x7f'"
        if not self._block.ascii:
            spaces = ", ".join(map(str, _SPACES))
            beyond = f"CASE WHEN {value} >= '\x80' THEN unicode({value}) NOT IN ({spaces}) ELSE false END"
            starts = f"({starts} OR {beyond})"
        self._steps.prove(f"({value} = '' OR ({starts}))" if field == "source" else starts)
        self._steps.prove(f"strlen({value}) <= {NAME_CHARACTERS}")
        return value

    def _whole_number(self, slot: int) -> str:
        """Return the SQL of a name that is written as a number: one without a fraction."""
        self._steps.add("cast", f"i{slot}", f"TRY_CAST(v{slot} AS HUGEINT)")
        self._steps.add("text", f"k{slot}", f"CAST(i{slot} AS VARCHAR)")
        self._steps.prove(f"k{slot} = v{slot}")
        return f"v{slot}"

    def _time(self) -> str:
        place = self._plan.fields["timestamp"]
        if place.slot is None:
            raise Unfit
        if place.slot in self._moments:
            return self._moment(place.slot)
        column = time(
            self._steps,
            place.slot,
            self._samples(place.slot),
            self._plan.reading.timestamps,
            self._length,
            self._written(place.slot),
        )
        if column is None:
            raise Unfit
        return column

    def _property(self, slot: int) -> list[str]:
        """Add the columns of a property and return which kinds there are."""
        if slot in self._quantities:
            return self._quantity(slot)
        kind = self._form.kinds[slot]
        if kind == "text":
            return self._text(slot)
        return self._bare(slot) if kind == "bare" else self._cell(slot)

    def _text(self, slot: int) -> list[str]:
        value = f"v{slot}"
        self._steps.add("output", f"t{slot}", value)
        if not any(self._values.text(text).number is not None for text in set(self._samples(slot))):
            self._steps.prove(f"({value} IS NULL OR {is_none(value)})")
            return ["text"]
        found, kind = self._number(slot, TEXT_SPELLINGS, unless=starts_like_none(value))
        self._steps.prove(f"({value} IS NULL OR {found} IS NOT NULL OR {is_none(value)})")
        return [kind, "text"]

    def _number(self, slot: int, spellings: str, *, unless: str = "false") -> tuple[str, str]:
        """Add the column of a slot's number and return it, and of which kind it is."""
        seen = {text for text in self._samples(slot) if self._values.cell(text).number is not None}
        if self._wide or not fit_narrow(seen):
            return number(self._steps, slot, spellings, unless=unless), "number"
        return narrow_number(self._steps, slot, whole=are_whole(seen), unless=unless), "narrow"

    def _quantity(self, slot: int) -> list[str]:
        """Add the column of a number that is one already."""
        seen = set(self._samples(slot)) - {"null"}
        if self._wide or self._quantities[slot] > NARROW_FRACTION or not fit_narrow(seen):
            self._steps.add("output", f"n{slot}", f"CAST(v{slot} AS {WIDE})")
            return ["number"]
        self._steps.add("output", f"n{slot}", f"TRY_CAST(v{slot} AS {NARROW})")
        self._steps.prove(f"(v{slot} IS NULL OR n{slot} IS NOT NULL)")
        return ["narrow"]

    def _bare(self, slot: int) -> list[str]:
        value = f"v{slot}"
        seen = kinds_seen(self._samples(slot))
        kinds, ways = [], []
        if "number" in seen:
            found, kind = self._number(slot, JSON_SPELLINGS)
            ways.append(f"{found} IS NOT NULL")
            kinds.append(kind)
        if "bool" in seen:
            truth = f"{value} IN ('true', 'false')"
            self._steps.add("output", f"j{slot}", f"CASE WHEN {truth} THEN {value} END")
            ways.append(truth)
            kinds.append("json")
        if "null" in seen:
            ways.append(f"{value} = 'null'")
        self._steps.prove(f"({' OR '.join(ways)})")
        return kinds

    def _cell(self, slot: int) -> list[str]:
        """Add a cell's columns: a number where it is plainly one, a text with its number, or a text alone."""
        value = f"v{slot}"
        seen = [self._values.cell(text) for text in set(self._samples(slot)) if text]
        numbers = any(one.number is not None for one in seen)
        texts = any(one.text is not None for one in seen) or not numbers
        if not numbers:
            self._steps.add("output", f"t{slot}", f"nullif({value}, '')")
            self._steps.prove(is_none(value))
            return ["text"]
        unless = starts_like_none(value) if texts else "false"
        found, kind = self._number(slot, TEXT_SPELLINGS, unless=unless)
        if not texts:
            self._steps.prove(f"({value} = '' OR ({found} IS NOT NULL AND {is_plain(slot)}))")
            return [kind]
        text = f"CASE WHEN {value} <> '' AND ({found} IS NULL OR NOT {is_plain(slot)}) THEN {value} END"
        # A column of the same step cannot be named: the proof comes with the next.
        self._steps.add("after", f"t{slot}", text)
        self._steps.prove(f"({value} = '' OR {found} IS NOT NULL OR {is_none(value)})")
        return [kind, "text"]

    def _ignored(self) -> list[int]:
        used = {place.slot for place in self._plan.fields.values()} | set(self._plan.properties.values())
        return [slot for slot in range(len(self._form.kinds)) if slot not in used]


def _lines(block: Block, form: Form) -> str:
    cells = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(form.cells) + SPARE))
    return (
        f"read_csv({literal(str(block.path))}, delim={literal(form.delimiter)}, quote='', escape='', "
        f"header=false, auto_detect=false, null_padding=true, new_line='\\n', nullstr={literal(_NO_TEXT)}, "
        f"buffer_size={max(block.size, 1 << 16) + (1 << 16)}, columns={{{cells}}})"
    )


def _constant_name(field: str, text: str | None) -> str:
    if text is None or not text:
        if field == "source":
            return "''"
        raise Unfit
    if text.isspace() or len(text) > NAME_CHARACTERS:
        raise Unfit
    return literal(text)


def _constant(value: Value) -> list[tuple[str, str]]:
    parts = []
    if value.number is not None:
        parts.append(("number", f"CAST({literal(plain(value.number))} AS {WIDE})"))
    if value.text is not None:
        parts.append(("text", literal(value.text)))
    if value.json is not None:
        parts.append(("json", literal(value.json)))
    return parts
