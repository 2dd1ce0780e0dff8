"""Lines split into cells, and the values within: what stands around them has to be the form's."""

from usagebill_tui.events.bulk.blocks import Block
from usagebill_tui.events.bulk.steps import Steps, literal
from usagebill_tui.events.bulk.templates import Cell, Form
from usagebill_tui.events.bulk.times import Written

_BACKSLASH = ord("\\")
_NO_TEXT = "\x01"


class Cells:
    """A block's lines of a form, from the one numbered `start` on; `mark` is in none of their values.

    No line is read that has more cells than `room`, which are more than the form's; one that has fails.
    """

    def __init__(self, block: Block, form: Form, room: int, start: int = 0, mark: str = "") -> None:
        self._block = block
        self._form = form
        self._room = room
        self._start = start
        self._mark = mark
        self.ascii = block.ascii
        self.length = "strlen" if block.ascii else "length"

    def lines(self) -> str:
        """Return the SQL of the lines whose text around values is the form's."""
        conditions = [*self._around(), f"c{len(self._form.cells)} IS NULL"]
        if self._start > self._block.first:
            conditions.append(f"line >= {self._start:d}")
        numbered = f"SELECT row_number() OVER () + {self._block.first - 1} AS line, *"
        lines = f"{numbered} FROM {all_lines(self._block, self._form, self._room)}"
        return f"SELECT * FROM ({lines}) WHERE {' AND '.join(conditions)}"  # noqa: S608 - all is quoted

    def take(self, steps: Steps, slot: int, *, decoded: bool) -> None:
        """Take a value out of its cell, `decoded` where need be, and prove that it is a whole one."""
        place, cell = self._place(slot)
        inner = self._inner(f"c{place}", cell)
        is_text = self._form.kinds[slot] == "text"
        bare = is_text and self._form.delimiter != '"' and not self._are_marks_counted()
        if is_text and _BACKSLASH in self._block.odd and decoded:
            unquoted = f"NOT contains({inner}, '\"')" if bare else "true"
            steps.add("value", f"v{slot}", _decoded(inner, unquoted))
            steps.prove(f"v{slot} IS NOT NULL")
            return
        value = steps.add("value", f"v{slot}", inner)
        if self._mark and not (self._mark == '"' and self._block.quotes == 0):
            steps.prove(f"NOT contains({value}, {literal(self._mark)})")
        if bare:
            steps.prove(f"NOT contains({value}, '\"')")
        if is_text and _BACKSLASH in self._block.odd:
            steps.prove(f"NOT contains({value}, '\\')")

    def _place(self, slot: int) -> tuple[int, Cell]:
        return next((n, cell) for n, cell in enumerate(self._form.cells) if cell.slot == slot)

    def _inner(self, column: str, cell: Cell) -> str:
        """Return the SQL of the value within a cell in this column."""
        around = len(cell.prefix) + len(cell.suffix)
        inner = f"substr({column}, {len(cell.prefix) + 1}, {self.length}({column}) - {around})"
        return inner if around else column

    def written(self, slot: int) -> Written:
        """Return how a slot's time stands in its cell, which is the column e{slot} from the first step on."""
        place, cell = self._place(slot)
        return Written(f"c{place}", cell.prefix, cell.suffix, self._inner(f"e{slot}", cell))

    def _are_marks_counted(self) -> bool:
        """Tell whether each line has just the quotation marks of the form, so that none is within a value."""
        fixed = "".join(cell.prefix + cell.suffix for cell in self._form.cells)
        return self._form.delimiter != '"' and self._block.quotes == fixed.count('"')

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
                    f"{self.length}(c{place}) >= {least}",
                ]
            if not cell.prefix and not cell.suffix:
                conditions.append(f"c{place} IS NOT NULL")
        return conditions


def all_lines(block: Block, form: Form, room: int) -> str:
    """Return the SQL of the cells of all lines of a block; one with more cells than `room` fails."""
    cells = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(room))
    dialect = f"delim={literal(form.delimiter)}, quote={literal(form.quote)}, escape={literal(form.quote)}"
    return (
        f"read_csv({literal(str(block.path))}, {dialect}, "
        f"header=false, auto_detect=false, null_padding=true, new_line='\\n', nullstr={literal(_NO_TEXT)}, "
        f"buffer_size={max(block.size, 1 << 16) + (1 << 16)}, columns={{{cells}}})"
    )


def _decoded(raw: str, unquoted: str) -> str:
    """Return the SQL of what a JSON text says, with `raw` between its quotation marks; null: not proven.

    `unquoted` is what holds of a text without a backslash.
    """
    text = f"concat('\"', {raw}, '\"')"
    whole = f"regexp_full_match({raw}, '(?:[^\"\\\\]|\\\\.)*') AND NOT contains({raw}, '\\u0000')"
    return (
        f"CASE WHEN NOT contains({raw}, '\\') THEN CASE WHEN {unquoted} THEN {raw} END "
        f"WHEN {whole} AND json_valid({text}) THEN json_extract_string({text}, '$') END"
    )
