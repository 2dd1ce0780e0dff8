"""The grammar of one CSV row (RFC 4180), with any delimiter and quote."""

import re
from functools import cache


class Grammar:
    """How rows are written: `delimiter` is one character, `quote` one or, where nothing is quoted, none."""

    def __init__(self, delimiter: str = ",", quote: str = '"') -> None:
        self.delimiter = delimiter
        self.quote = quote
        mark, end = re.escape(quote), re.escape(delimiter)
        inside = rf"(?:[^{mark}]++|{mark}{mark})*+"
        field = rf"(?:{mark}{inside}{mark}|[^{mark}{end}\n]*+)"
        self._row = re.compile(rf"{field}(?:{end}{field})*+")
        self._open = re.compile(rf"(?:{field}{end})*+{mark}{inside}")
        self._content = re.compile(rf"(?:{mark}({inside}){mark}|([^{mark}{end}\n]*+)){end}")

    def split(self, row: str) -> list[str] | None:
        """Return the fields of a row, quotes taken off; None where it is not a whole row."""
        if self._row.fullmatch(row) is None:
            return None
        once, twice = self.quote, self.quote * 2
        found = self._content.findall(row + self.delimiter)
        return [quoted.replace(twice, once) or plain for quoted, plain in found]

    def is_open(self, text: str) -> bool:
        """Tell whether a text starts a row whose last field is in quotes that are not closed yet."""
        return self._open.fullmatch(text) is not None


@cache
def grammar(delimiter: str, quote: str) -> Grammar:
    """Return the grammar of a dialect with quotes."""
    return Grammar(delimiter, quote)
