"""How lines look: fixed text around values, so that a line can be proven to be one of them.

A line is split at one character into cells; a cell holds at most one value between a prefix and a suffix.
"""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal, NamedTuple

Kind = Literal["text", "bare", "cell"]
"""A JSON text, anything else in JSON without a bracket, or what stands between two delimiters of CSV."""

TEXT, BARE = "\x01", "\x02"
"""Where values of a line of JSON stand in its form; blocks that hold these characters have no forms."""

MOST_CELLS = 300
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?P<key>\s*:)?|(?P<bare>true|false|null|-?[0-9][-+.0-9Ee]*)')
_WORDS = {"true": "bool", "false": "bool", "null": "null"}


class Cell(NamedTuple):
    """One of the pieces that a line is split into; `slot` numbers the line's values, None: it has none."""

    prefix: str
    suffix: str
    slot: int | None


class Form(NamedTuple):
    """What all lines of one form have in common: `kinds` of the values in their order, and the cells.

    A cell may stand in marks that are its `quote` (empty: there are none), and hold delimiters then.
    """

    delimiter: str
    cells: tuple[Cell, ...]
    kinds: tuple[Kind, ...]
    quote: str = ""

    def line(self, values: Iterable[str]) -> str:
        """Return the line that has these values."""
        texts = list(values)
        return self.delimiter.join(
            f"{cell.prefix}{'' if cell.slot is None else texts[cell.slot]}{cell.suffix}"
            for cell in self.cells
        )


class Sampled(NamedTuple):
    """Some lines of one form: how they look, and the values of each, which have no bounds in it."""

    look: str
    rows: list[list[str]]


def sampled(lines: Iterable[str]) -> list[Sampled]:
    """Return JSON lines by how they look, the most frequent first; with a backslash in a key, like none."""
    looks: dict[str, Sampled] = {}
    for line in lines:
        values: list[str] = []
        look = _TOKEN.sub(partial(_mark, values), line)
        if look and "\\" not in look:
            looks.setdefault(look, Sampled(look, [])).rows.append(values)
    return sorted(looks.values(), key=lambda one: -len(one.rows))


def json_form(look: str, delimiter: str) -> Form | None:
    """Return the form of JSON lines that look so, split at a character; None where that cannot be."""
    cells: list[Cell] = []
    kinds: list[Kind] = []
    for piece in look.split(delimiter):
        marks = [place for place, character in enumerate(piece) if character in (TEXT, BARE)]
        if len(marks) > 1:
            return None
        if not marks:
            cells.append(Cell(piece, "", None))
            continue
        cells.append(Cell(piece[: marks[0]], piece[marks[0] + 1 :], len(kinds)))
        kinds.append("text" if piece[marks[0]] == TEXT else "bare")
    return Form(delimiter, tuple(cells), tuple(kinds)) if len(cells) <= MOST_CELLS else None


def cell_form(delimiter: str, marks: Sequence[str]) -> Form:
    """Return the form of lines of cells, each with a mark on both sides (empty: with none)."""
    cells = tuple(Cell(mark, mark, slot) for slot, mark in enumerate(marks))
    kind: Kind = "cell"
    return Form(delimiter, cells, tuple(kind for _ in marks))


def quoted_form(delimiter: str, quote: str, width: int) -> Form:
    """Return the form of lines of so many cells, each of which may be in quotes."""
    return cell_form(delimiter, [""] * width)._replace(quote=quote)


def unmarked(row: Sequence[str], mark: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the marks that are on both sides of each cell (empty: none), and the cells without them."""
    held = [bool(mark) and len(cell) > 1 and cell[0] == cell[-1] == mark for cell in row]
    marks = tuple(mark if inside else "" for inside in held)
    return marks, [cell[1:-1] if inside else cell for cell, inside in zip(row, held, strict=True)]


def kinds_seen(values: Iterable[str]) -> frozenset[str]:
    """Return which of number, bool and null bare values are."""
    return frozenset(_WORDS.get(value, "number") for value in values)


def _mark(values: list[str], token: re.Match[str]) -> str:
    text = token[0]
    if token["key"] is not None:
        return text
    if token["bare"] is not None:
        values.append(text)
        return BARE
    values.append(text[1:-1])
    return f'"{TEXT}"'
