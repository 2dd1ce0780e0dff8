"""A form and its plan as a table: SQL that makes events of the lines that are proven to be of the form.

What is proven: the line is its form with these values, and each value is one that the exact way would take
for the same. Whatever is not proven is not wrong; it goes the exact way.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from usagebill_tui.domain.event import Table
from usagebill_tui.events.bulk.blocks import Block
from usagebill_tui.events.bulk.cells import Cells, all_lines
from usagebill_tui.events.bulk.probing import Place, Plan
from usagebill_tui.events.bulk.properties import COLUMN, Properties, constant
from usagebill_tui.events.bulk.steps import Steps, literal
from usagebill_tui.events.bulk.templates import Form
from usagebill_tui.events.bulk.times import time
from usagebill_tui.events.timestamps import FIRST, LAST
from usagebill_tui.events.values import NAME_CHARACTERS

# What Python's `isspace` knows beyond ASCII.
_SPACES = (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)


_SPARE = 8
"""So many cells more than are known of are read where lines may have some, so that no statement breaks."""


class Unfit(Exception):
    """The form's values are such that DuckDB cannot be trusted with them."""


def table_of(
    block: Block,
    form: Form,
    plan: Plan,
    rows: Sequence[Sequence[str]],
    *,
    most: int,
    start: int = 0,
    mark: str = "",
    wide: bool = False,
) -> Table | None:
    """Return the table of a block's lines of a form, of which some `rows` of values are known.

    Lines before the one numbered `start` are not in it, nor are those with a `mark` in a cell. Where it is
    not `wide`, only such numbers fit as the rows have, and no line may have many more than `most` cells.
    """
    cells = Cells(block, form, _room(most, wide=wide), start, mark)
    try:
        return _Maker(form, plan, rows, cells, wide=wide).table()
    except Unfit:
        return None


def counting_sql(block: Block, form: Form, most: int, above: int = 0) -> str:
    """Return the SQL of how many lines DuckDB sees in a block, the first ones `above` the rows left out.

    Few of them have more than `most` cells.
    """
    lines = all_lines(block, form, _room(most, wide=True))
    return f"SELECT count(*) - {above:d} FROM {lines}"  # noqa: S608 - made of our own names


def _room(most: int, *, wide: bool) -> int:
    """Return how many cells are read; each that is not there costs time."""
    return most + (_SPARE if wide else 1)


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
    cells = Cells(Block(Path(), 1, ascii=False), form, len(form.cells) + 1)
    if typed.moments.keys() & plan.properties.values():
        return None
    try:
        return _Maker(form, plan, rows, cells, typed, wide=wide).table()
    except Unfit:
        return None


class _Maker:
    def __init__(
        self,
        form: Form,
        plan: Plan,
        rows: Sequence[Sequence[str]],
        cells: Cells,
        typed: "Typed | None" = None,
        *,
        wide: bool,
    ) -> None:
        self._form = form
        self._plan = plan
        self._typed = typed
        self._cells = cells
        self._steps = Steps()
        quantities = {} if typed is None else typed.quantities
        self._properties = Properties(self._steps, form.kinds, rows, quantities, wide=wide)

    def table(self) -> Table:
        """Return the table; raises Unfit."""
        for slot in range(len(self._form.kinds)):
            self._cells.take(self._steps, slot, decoded=slot not in self._plan.named)
        outputs = [
            f"{self._name('source')} AS source",
            f"{self._name('id')} AS id",
            f"{self._name('account')} AS account",
            f"{self._name('metric')} AS metric",
            f"{self._time()} AS timestamp",
        ]
        properties: list[tuple[str, str, str]] = []
        for path, slot in self._plan.properties.items():
            properties += [(path, kind, f"{COLUMN[kind]}{slot}") for kind in self._properties.add(slot)]
        for place, (path, value) in enumerate(self._plan.fixed.items()):
            for kind, expression in constant(value):
                outputs.append(f"{expression} AS {COLUMN[kind]}f{place}")
                properties.append((path, kind, f"{COLUMN[kind]}f{place}"))
        for slot in self._ignored():
            if self._typed is None:
                self._properties.add(slot)
        own = {column: None for _, _, column in properties if "f" not in column}
        named = self._plan.fields["id"] != Place()
        lines = self._cells.lines() if self._typed is None else self._typed.select
        return Table(self._steps.query(lines, [*outputs, *own]), tuple(properties), named)

    @property
    def _moments(self) -> Mapping[int, bool]:
        return {} if self._typed is None else self._typed.moments

    def _moment(self, slot: int) -> str:
        """Return the SQL of a time that is one already."""
        if not self._moments[slot] and not self._plan.reading.timestamps.is_utc:
            raise Unfit
        self._steps.prove(f"v{slot} BETWEEN make_timestamp({FIRST}) AND make_timestamp({LAST})")
        return f"v{slot}"

    def _name(self, field: str) -> str:
        """Return the SQL of a field that is a name."""
        place: Place = self._plan.fields[field]
        if field == "id" and place == Place():
            return "CAST(NULL AS VARCHAR)"
        if place.joined:
            return self._joined(place.joined)
        if place.slot is None:
            return _constant_name(field, place.fixed)
        if place.slot in self._moments:
            raise Unfit
        value = f"v{place.slot}"
        if self._form.kinds[place.slot] == "bare":
            return self._whole_number(place.slot)
        starts = f"{value} >= '!' AND {value} < '\x7f'"
        if not self._cells.ascii:
            spaces = ", ".join(map(str, _SPACES))
            beyond = f"CASE WHEN {value} >= '\x80' THEN unicode({value}) NOT IN ({spaces}) ELSE false END"
            starts = f"({starts} OR {beyond})"
        self._steps.prove(f"({value} = '' OR ({starts}))" if field == "source" else starts)
        self._steps.prove(f"strlen({value}) <= {NAME_CHARACTERS}")
        return value

    def _joined(self, slots: Sequence[int]) -> str:
        """Return the SQL of the JSON list of some texts, in which nothing has to be escaped."""
        parts = []
        for slot in slots:
            if slot in self._moments:
                raise Unfit
            if self._form.kinds[slot] == "bare":
                self._whole_number(slot)
            else:
                self._steps.prove(f"regexp_full_match(v{slot}, '[^\\x00-\\x1f\"\\\\]+')")
            parts.append(f"v{slot}")
        joined = f"concat('[\"', concat_ws('\", \"', {', '.join(parts)}), '\"]')"
        self._steps.prove(f"strlen({joined}) <= {NAME_CHARACTERS}")
        return joined

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
            self._properties.samples(place.slot),
            self._plan.reading.timestamps,
            self._cells.length,
            self._cells.written(place.slot),
        )
        if column is None:
            raise Unfit
        return column

    def _ignored(self) -> list[int]:
        used = self._plan.named.union(self._plan.properties.values())
        return [slot for slot in range(len(self._form.kinds)) if slot not in used]


def _constant_name(field: str, text: str | None) -> str:
    if text is None or not text:
        if field == "source":
            return "''"
        raise Unfit
    if text.isspace() or len(text) > NAME_CHARACTERS:
        raise Unfit
    return literal(text)
