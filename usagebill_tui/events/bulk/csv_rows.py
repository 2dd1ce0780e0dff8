"""Separated values in bulk, cell by cell; lines with quotes or delimiters within a cell go the exact way."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from usagebill_tui.domain.event import Chunk, Event, Table, Tables
from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.bulk.blocks import Block, Blocks
from usagebill_tui.events.bulk.parts import Part
from usagebill_tui.events.bulk.probing import Plan, probed_row
from usagebill_tui.events.bulk.tables import counting_sql, table_of
from usagebill_tui.events.bulk.templates import MOST_CELLS, Form, cell_form, quoted_form, unmarked
from usagebill_tui.events.normalise import Normaliser
from usagebill_tui.events.readers.csv_rows import CsvReader, Header, Lines
from usagebill_tui.events.readers.text import Line, text_lines
from usagebill_tui.events.types import Record

_SAMPLE_BYTES = 1 << 18
_SAMPLE_LINES = 400
_LEAST_SHARE = 0.03
_RETURN = ord("\r")


class CsvInBulk:
    """Reads separated values part by part.

    `under` gives the normaliser of rows under columns; `collect` makes chunks of what goes the exact way.
    """

    def __init__(
        self,
        blocks: Blocks,
        name: str,
        reader: CsvReader,
        under: Callable[[tuple[str, ...]], Normaliser],
        collect: Callable[[Iterator[Record]], Iterator[Chunk]],
    ) -> None:
        self._blocks = blocks
        self._name = name
        self._reader = reader
        self._under = under
        self._collect = collect
        self._start = 0

    def parts(self) -> Iterator[Part]:
        """Yield all lines, in parts and in order."""
        found: tuple[Header, Normaliser, Plan] | None = None
        for block in self._blocks:
            found = found or self._begin(block)
            if found is None or not self._is_whole(block):
                yield self._exact(None if found is None else found[0], block)
                return
            header, normaliser, plan = found
            yield Part(
                self._tables(block, len(header[1]), plan),
                partial(self._rest, header, block),
                partial(self._first, header, normaliser, block),
            )
        if self._blocks.endless or found is None:
            yield self._exact(None if found is None else found[0], None)

    def _begin(self, block: Block) -> tuple[Header, Normaliser, Plan] | None:
        """Read the header; None where the exact way has to say what is wrong with it, or is the only one."""
        if not block.valid or not _is_plain(self._reader.delimiter):
            return None
        with block.path.open("rb") as file:
            lines = Lines(text_lines(file, self._name))
            try:
                header = self._reader.header(lines, self._name)
                if len(header[1]) > MOST_CELLS:
                    return None
                normaliser = self._under(header[1])
            except InvalidInput:
                return None
            self._start = lines.taken + 1
        plan = probed_row(header[1], normaliser)
        return None if plan is None else (header, normaliser, plan)

    def _is_whole(self, block: Block) -> bool:
        """Tell whether no row of a block goes on in another line, and all is text."""
        if not block.valid or 0 in block.odd:
            return False
        quote = self._reader.quote.encode()
        if quote and not (quote == b'"' and block.quotes == 0):
            data = block.path.read_bytes()
            if quote in data and any(line.count(quote) % 2 for line in data.split(b"\n")):
                return False
        if _RETURN in block.odd:
            block.replace(b"\r\n", b"\n")
        return True

    def _tables(self, block: Block, width: int, plan: Plan) -> Tables | None:
        quote, delimiter = self._reader.quote, self._reader.delimiter
        above = max(0, self._start - block.first)
        lines = block.start(_SAMPLE_BYTES)[above:][:_SAMPLE_LINES]
        known: dict[tuple[str, ...], list[list[str]]] = {}
        others: list[str] = []
        most = width
        for line in lines:
            cells = line.split(delimiter)
            most = max(most, len(cells))
            marks, row = unmarked(cells, quote)
            if len(cells) == width and not (quote and any(quote in cell for cell in row)):
                known.setdefault(marks, []).append(row)
            elif quote and quote in line:
                others.append(line)
        forms = [
            (cell_form(delimiter, marks), rows)
            for marks, rows in known.items()
            if len(rows) >= len(lines) * _LEAST_SHARE
        ]
        if len(others) > len(lines) * _LEAST_SHARE and self._are_quotes_plain(block):
            # DuckDB takes the quotes away, whether a delimiter is between them or not.
            rows = [
                row for row in csv.reader(lines, delimiter=delimiter, quotechar=quote) if len(row) == width
            ]
            forms = [(quoted_form(delimiter, quote, width), rows)]
        taken = self._all_tables(block, plan, forms, most)
        if not taken:
            return None
        wider = self._all_tables(block, plan, forms, most, wide=True)
        counting = counting_sql(block, forms[0][0], most, above)
        return Tables(block.first + above, block.lines - above, taken, counting, wider)

    def _are_quotes_plain(self, block: Block) -> bool:
        """Tell whether no blank is beside a quote: readers differ on those."""
        quote = self._reader.quote.encode()
        data = block.path.read_bytes()
        beside = [pair for blank in (b" ", b"\t") for pair in (quote + blank, blank + quote)]
        return not any(pair in data for pair in beside)

    def _all_tables(
        self,
        block: Block,
        plan: Plan,
        forms: Iterable[tuple[Form, list[list[str]]]],
        most: int,
        *,
        wide: bool = False,
    ) -> tuple[Table, ...]:
        tables = [
            table_of(
                block,
                form,
                plan,
                rows,
                most=most,
                start=self._start,
                mark=self._reader.quote,
                wide=wide,
            )
            for form, rows in forms
        ]
        return tuple(table for table in tables if table is not None)

    def _rest(self, header: Header, block: Block, left: Sequence[int] | None) -> Iterator[Chunk]:
        if left is None or len(left) >= block.lines - max(0, self._start - block.first):
            with block.path.open("rb") as file:
                yield from self._rows(header, text_lines(file, self._name, block.first))
        else:
            texts = block.texts() if left else []
            yield from self._rows(header, ((n, texts[n - block.first], True) for n in left))
        self._blocks.give_back(block)

    def _rows(self, header: Header, lines: Iterable[Line]) -> Iterator[Chunk]:
        below = (line for line in lines if line[0] >= self._start)
        return self._collect(self._reader.rows(Lines(below), header))

    def _exact(self, header: Header | None, block: Block | None) -> Part:
        """Return the part that is a block and all that follows it, in its own way."""
        stream, first = self._blocks.rest(block)
        if header is None:
            return Part(None, lambda _: self._collect(self._reader.read(stream, self._name)))
        return Part(None, lambda _: self._rows(header, text_lines(stream, self._name, first)))

    def _first(self, header: Header, normaliser: Normaliser, block: Block) -> Iterator[Event]:
        with block.path.open("rb") as file:
            lines = (n for n in text_lines(file, self._name, block.first) if n[0] >= self._start)
            for record in self._reader.rows(Lines(lines), header):
                row = normaliser.tried(record)
                if isinstance(row, Event):
                    yield row


def _is_plain(delimiter: str) -> bool:
    """Tell whether DuckDB takes a delimiter as it is."""
    return delimiter == "\t" or (delimiter.isascii() and delimiter.isprintable())
