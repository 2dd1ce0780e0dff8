"""The columns of properties: numbers, texts and other JSON, of values that are proven to be such."""

from collections.abc import Mapping, Sequence

from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import plain
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
from usagebill_tui.events.bulk.steps import NARROW, NARROW_FRACTION, WIDE, Steps, literal
from usagebill_tui.events.bulk.templates import Kind, kinds_seen
from usagebill_tui.events.values import Values

COLUMN = {"number": "n", "narrow": "n", "text": "t", "json": "j"}
"""What the name of a kind's column begins with."""


class Properties:
    """Adds columns to steps; `rows` are values that are known, `quantities` numbers that are such already.

    Where they are not `wide`, only such numbers fit as the rows have.
    """

    def __init__(
        self,
        steps: Steps,
        kinds: Sequence[Kind],
        rows: Sequence[Sequence[str]],
        quantities: Mapping[int, int],
        *,
        wide: bool,
    ) -> None:
        self._steps = steps
        self._kinds = kinds
        self._rows = rows
        self._quantities = quantities
        self._wide = wide
        self._values = Values()

    def samples(self, slot: int) -> list[str]:
        """Return the values of a slot that are known."""
        return [row[slot] for row in self._rows]

    def add(self, slot: int) -> list[str]:
        """Add the columns of a property and return which kinds there are."""
        if slot in self._quantities:
            return self._quantity(slot)
        kind = self._kinds[slot]
        if kind == "text":
            return self._text(slot)
        return self._bare(slot) if kind == "bare" else self._cell(slot)

    def _text(self, slot: int) -> list[str]:
        value = f"v{slot}"
        self._steps.add("output", f"t{slot}", value)
        if not any(self._values.text(text).number is not None for text in set(self.samples(slot))):
            self._steps.prove(f"({value} IS NULL OR {is_none(value)})")
            return ["text"]
        found, kind = self._number(slot, TEXT_SPELLINGS, unless=starts_like_none(value))
        self._steps.prove(f"({value} IS NULL OR {found} IS NOT NULL OR {is_none(value)})")
        return [kind, "text"]

    def _number(self, slot: int, spellings: str, *, unless: str = "false") -> tuple[str, str]:
        """Add the column of a slot's number and return it, and of which kind it is."""
        if self._wide:
            return number(self._steps, slot, spellings, unless=unless), "number"
        seen = {text for text in set(self.samples(slot)) if self._values.cell(text).number is not None}
        if not fit_narrow(seen):
            return number(self._steps, slot, spellings, unless=unless), "number"
        return narrow_number(self._steps, slot, whole=are_whole(seen), unless=unless), "narrow"

    def _quantity(self, slot: int) -> list[str]:
        """Add the column of a number that is one already."""
        seen = set(self.samples(slot)) - {"null"}
        if self._wide or self._quantities[slot] > NARROW_FRACTION or not fit_narrow(seen):
            self._steps.add("output", f"n{slot}", f"CAST(v{slot} AS {WIDE})")
            return ["number"]
        self._steps.add("output", f"n{slot}", f"TRY_CAST(v{slot} AS {NARROW})")
        self._steps.prove(f"(v{slot} IS NULL OR n{slot} IS NOT NULL)")
        return ["narrow"]

    def _bare(self, slot: int) -> list[str]:
        value = f"v{slot}"
        seen = kinds_seen(self.samples(slot))
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
        seen = [self._values.cell(text) for text in set(self.samples(slot)) if text]
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


def constant(value: Value) -> list[tuple[str, str]]:
    """Return the kinds of a value that all rows have, and the SQL of each."""
    parts = []
    if value.number is not None:
        parts.append(("number", f"CAST({literal(plain(value.number))} AS {WIDE})"))
    if value.text is not None:
        parts.append(("text", literal(value.text)))
    if value.json is not None:
        parts.append(("json", literal(value.json)))
    return parts
