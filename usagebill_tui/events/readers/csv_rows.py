"""CSV as RFC 4180 has it: a header line, delimiters, fields in quotes that may hold line breaks."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.readers.csv_text import Grammar, grammar
from usagebill_tui.events.readers.protocol import EventReader, Record
from usagebill_tui.events.readers.text import LIMIT, TOO_LONG, Line, text_lines
from usagebill_tui.events.values import NAME_CHARACTERS

_MOST_LINES = 100_000  # a quoted field with more line breaks is an unclosed quote, and they cost memory
MOST_COLUMNS = 10_000
_UNCLOSED = "a quote is opened and not closed, or text stands beside a quoted field"
_BROKEN = "a quote stands inside an unquoted field, or text beside a quoted one"
_OTHER_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','"}


Header = tuple[str, tuple[str, ...]]
"""The text of a header, and the columns that it names."""


@dataclass(frozen=True)
class CsvReader(EventReader):
    """Reads separated values. The first line that is not blank names the columns.

    `delimiter` is one character, `quote` one or, where nothing is quoted, none.
    """

    name: str = "csv"
    endings: tuple[str, ...] = (".csv",)
    cells: bool = True
    delimiter: str = ","
    quote: str = '"'

    def read(self, stream: BinaryIO, name: str) -> Iterator[Record]:
        """Yield the rows under the header; one with too many or too few fields is a Record with an error."""
        lines = Lines(text_lines(stream, name))
        return self.rows(lines, self.header(lines, name))

    def header(self, lines: "Lines", name: str) -> Header:
        """Take the header from a file's lines; raises InvalidInput where it cannot name columns."""
        return _header(lines, self._rules()[1], name)

    def rows(self, lines: "Lines", header: Header) -> Iterator[Record]:
        """Yield the rows that lines under a header hold."""
        delimiter = self.delimiter
        mark, rules = self._rules()
        head, columns = header
        width = len(columns)
        for number, text, whole in lines:
            if whole and mark not in text:
                row = text.removesuffix("\r")
                fields = row.split(delimiter)
                if len(fields) == width and (width > 1 or row.strip()):
                    yield Record(number, row, dict(zip(columns, fields, strict=False)), head=head)
                elif row.strip() or delimiter in row:
                    yield _ragged(number, row, len(fields), width, head)
            else:
                yield _quoted((number, text, whole), lines, rules, columns, head)

    def _rules(self) -> tuple[str, Grammar]:
        """Return the mark without which a line is plain, and how the others are read."""
        # No line holds a line feed: a dialect without quotes never has to look at one.
        mark = self.quote or "\n"
        return mark, grammar(self.delimiter, mark)


class Lines:
    """Lines, some of which may be put back to be read again."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._again: deque[Line] = deque()
        self._taken = 0

    @property
    def taken(self) -> int:
        """The number of the last line that was taken from the source."""
        return self._taken

    def __iter__(self) -> Iterator[Line]:
        again = self._again
        while again:
            yield again.popleft()
        for line in self._source:
            yield line
            while again:
                yield again.popleft()

    def take(self) -> Line | None:
        """Take one line in the midst of going over them; None at the end."""
        line = self._again.popleft() if self._again else next(self._source, None)
        self._taken = self._taken if line is None else line[0]
        return line

    def put_back(self, lines: list[Line]) -> None:
        """Let these be the next lines."""
        self._again.extendleft(reversed(lines))


def _header(lines: Lines, rules: Grammar, name: str) -> Header:
    """Read the header's own text and the column names; raises InvalidInput where they cannot name columns."""
    first = lines.take()
    while first is not None and not first[1].strip():
        first = lines.take()
    if first is None:
        raise InvalidInput("has no header line", where=name, mend="name the columns in the first line")
    where = f"{name}, line {first[0]}"
    found = _whole_row(first, lines, rules)
    if isinstance(found, str):
        raise InvalidInput(f"the header line {found}", where=where)
    columns = found[1]
    if any("\r" in column for column in columns):
        raise InvalidInput(
            "lines end in bare carriage returns", where=where, mend="convert them to line feeds"
        )
    if not all(column.strip() for column in columns):
        raise InvalidInput("a column has no name", where=where, mend="name every column in the header line")
    _check_names(columns, where)
    return found[0], tuple(columns)


def _check_names(columns: list[str], where: str) -> None:
    if len(columns) > MOST_COLUMNS:
        raise InvalidInput(f"there are more than {MOST_COLUMNS:,} columns", where=where)
    long = next((column for column in columns if len(column) > NAME_CHARACTERS), None)
    if long is not None:
        what = f"the name of column {long[:60]!r} is longer than {NAME_CHARACTERS:,} characters"
        raise InvalidInput(what, where=where, mend="rename it")
    twice = next((column for column, count in Counter(columns).items() if count > 1), None)
    if twice is not None:
        raise InvalidInput(f"two columns are called {twice!r}", where=where, mend="rename one of them")
    other = next((mark for mark in _OTHER_DELIMITERS if len(columns) == 1 and mark in columns[0]), None)
    if other is not None:
        what = f"there is one column, called {columns[0][:60]!r}"
        raise InvalidInput(what, where=where, mend=f"say --delimiter {_OTHER_DELIMITERS[other]}")


def _quoted(first: Line, lines: Lines, rules: Grammar, columns: tuple[str, ...], head: str) -> Record:
    """Read a row that holds quotes, perhaps over several lines."""
    number, text, _ = first
    found = _whole_row(first, lines, rules)
    if isinstance(found, str):
        return Record(number, text.removesuffix("\r"), None, f"the row {found}", head)
    row, fields = found
    if len(fields) != len(columns):
        return _ragged(number, row, len(fields), len(columns), head)
    return Record(number, row, dict(zip(columns, fields, strict=True)), head=head)


def _whole_row(first: Line, lines: Lines, rules: Grammar) -> tuple[str, list[str]] | str:
    """Return a row's text and fields, or why it is none; then only its first line is used up."""
    _, text, whole = first
    if not whole:
        return TOO_LONG
    row = text.removesuffix("\r")
    fields = rules.split(row)
    if fields is not None:
        return row, fields
    return _continued(text, lines, rules) if rules.is_open(text) else f"is broken: {_BROKEN}"


def _continued(text: str, lines: Lines, rules: Grammar) -> tuple[str, list[str]] | str:
    """Go on to the line that closes the quote; put the lines back where that makes no row."""
    taken: list[Line] = []
    size = len(text)
    while (line := lines.take()) is not None:
        taken.append(line)
        size += len(line[1]) + 1
        if size > LIMIT or len(taken) > _MOST_LINES or not line[2]:
            break
        if line[1].count(rules.quote) % 2:
            row = "\n".join((text, *(one for _, one, _ in taken))).removesuffix("\r")
            fields = rules.split(row)
            if fields is not None:
                return row, fields
            break
    lines.put_back(taken)
    return f"is broken: {_UNCLOSED}"


def _ragged(number: int, row: str, found: int, width: int, head: str) -> Record:
    return Record(number, row, None, f"the row has {found} fields, the header {width}", head)
