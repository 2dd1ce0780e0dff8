"""JSON Lines in bulk: block by block, by the forms that the first lines of each have."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from usagebill_tui.domain.event import Chunk, Event, Table, Tables
from usagebill_tui.events.bulk.blocks import Block, Blocks
from usagebill_tui.events.bulk.parts import Part
from usagebill_tui.events.bulk.probing import Plan, probed_line
from usagebill_tui.events.bulk.tables import counting_sql, table_of
from usagebill_tui.events.bulk.templates import Form, Sampled, json_form, sampled
from usagebill_tui.events.normalise import Normaliser
from usagebill_tui.events.readers.json_lines import rows_of
from usagebill_tui.events.readers.text import Line, check_start, text_lines
from usagebill_tui.events.types import Record

Collect = Callable[[Iterator[Record]], Iterator[Chunk]]
"""Makes chunks of records."""

_SAMPLE_BYTES = 1 << 18
_SAMPLE_LINES = 400
_MOST_FORMS = 32
_MOST_KNOWN = 1_000
_LEAST_SHARE = 0.02
_BACKSLASH = frozenset(b"\\")
_RETURN = ord("\r")


class JsonLinesInBulk:
    """Reads JSON Lines part by part; `collect` makes chunks of what goes the exact way."""

    def __init__(self, blocks: Blocks, name: str, normaliser: Normaliser, collect: Collect) -> None:
        self._blocks = blocks
        self._name = name
        self._normaliser = normaliser
        self._collect = collect
        self._known: dict[tuple[str, str], tuple[Form, Plan] | None] = {}

    def parts(self) -> Iterator[Part]:
        """Yield all lines, in parts and in order."""
        empty = True
        for block in self._blocks:
            if empty:
                self._begin(block)
            empty = False
            yield Part(
                self._tables(block),
                partial(self._rest, block),
                partial(self._first, block),
            )
        if self._blocks.endless or empty:
            stream, first = self._blocks.rest()
            yield Part(None, lambda _: self._exact(text_lines(stream, self._name, first)))

    def _begin(self, block: Block) -> None:
        """Refuse a file that is not text, and let its first rows settle its usual shape."""
        with block.path.open("rb") as file:
            check_start(file.read(_SAMPLE_BYTES), self._name)
            file.seek(0)
            self._normaliser.settle(rows_of(text_lines(file, self._name)))

    def _tables(self, block: Block) -> Tables | None:
        if block.valid and _RETURN in block.odd:
            # A line's blanks at its end are no part of its row.
            block.replace(b"\r\n", b"\n")
        if not block.valid or block.odd - _BACKSLASH:
            return None
        lines = block.start(_SAMPLE_BYTES)[:_SAMPLE_LINES]
        samples = sampled(lines)
        least = sum(len(sample.rows) for sample in samples) * _LEAST_SHARE
        likely = [one for one in samples[:_MOST_FORMS] if len(one.rows) >= least]
        delimiter = "," if all(_is_plain(sample) for sample in likely) else '"'
        found = [(sample, self._form(sample.look, delimiter)) for sample in likely]
        fitting = [(sample.rows, *known) for sample, known in found if known is not None]
        most = max(line.count(delimiter) for line in lines) + 1
        tables = _all_tables(block, fitting, most)
        if not tables:
            return None
        wider = _all_tables(block, fitting, most, wide=True)
        counting = counting_sql(block, fitting[0][1], most)
        return Tables(block.first, block.lines, tables, counting, wider)

    def _form(self, look: str, delimiter: str) -> tuple[Form, Plan] | None:
        """Return the form of lines that look so, and what becomes of them."""
        if (look, delimiter) not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            form = json_form(look, delimiter)
            plan = None if form is None else probed_line(form, self._normaliser)
            self._known[look, delimiter] = None if form is None or plan is None else (form, plan)
        return self._known[look, delimiter]

    def _rest(self, block: Block, left: Sequence[int] | None) -> Iterator[Chunk]:
        if left is None or len(left) == block.lines:
            with block.path.open("rb") as file:
                yield from self._exact(text_lines(file, self._name, block.first))
        elif left:
            yield from self._exact(_picked(block, left))
        self._blocks.give_back(block)

    def _exact(self, lines: Iterator[Line]) -> Iterator[Chunk]:
        return self._collect(rows_of(lines))

    def _first(self, block: Block) -> Iterator[Event]:
        with block.path.open("rb") as file:
            for record in rows_of(text_lines(file, self._name, block.first)):
                row = self._normaliser.tried(record)
                if isinstance(row, Event):
                    yield row


def _all_tables(
    block: Block, fitting: Iterable[tuple[list[list[str]], Form, Plan]], most: int, *, wide: bool = False
) -> tuple[Table, ...]:
    made = [table_of(block, form, plan, rows, most=most, wide=wide) for rows, form, plan in fitting]
    return tuple(table for table in made if table is not None)


def _is_plain(sample: Sampled) -> bool:
    """Tell whether no value of a sample holds a comma."""
    return not any("," in value for row in sample.rows for value in row)


def _picked(block: Block, numbers: Sequence[int]) -> Iterator[Line]:
    texts = block.texts()
    if block.first == 1:
        texts[0] = texts[0].removeprefix("\ufeff")
    for number in numbers:
        yield number, texts[number - block.first], True
