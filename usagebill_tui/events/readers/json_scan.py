"""Finds where JSON values end in a stream of text, without holding more than one of them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from usagebill_tui.errors import InvalidInput
from usagebill_tui.events.readers.text import KEPT, LIMIT

_BLANKS = re.compile(r"[ \t\r\n]*+")
# Up to the next bracket, or to a string that does not end in the text at hand.
_RUN = re.compile(r'(?:[^][{}"]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
# As many at once as there are: a file may hold nothing else.
_BRACKETS = re.compile(r"[{\[]++|[}\]]++")
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_FLAT = rf'[{{\[](?:[^][{{}}"]++|{_STRING})*+[}}\]]'
_NESTED = rf'[{{\[](?:[^][{{}}"]++|{_STRING}|{_FLAT})*+[}}\]]'
# The usual event, not more than three levels deep, in one step.
_QUICK = re.compile(rf'[{{\[](?:[^][{{}}"]++|{_STRING}|{_NESTED})*+[}}\]]', re.DOTALL)
_QUICK_DEPTH = 3
_STRING_RUN = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SCALAR_RUN = re.compile(r'[^][{}",: \t\r\n]*+')
_WRAPPER = re.compile(r'\{[ \t\r\n]*+"(events|measurements)"[ \t\r\n]*+:[ \t\r\n]*+(?=\[)')


class Piece(NamedTuple):
    """The text of one value (its start only, where `cut`) and how deep it is nested."""

    text: str
    depth: int
    cut: bool


class Scanner:
    """Walks through JSON text. Every method raises InvalidInput where the text ends too early."""

    def __init__(self, blocks: Iterator[str], name: str) -> None:
        self._blocks = blocks
        self._name = name
        self._buffer = ""
        self._at = 0
        self._start = 0
        self._head: str | None = None

    def peek(self) -> str:
        """Return the next character that is not blank, without taking it; the empty text at the end."""
        while True:
            blanks = _BLANKS.match(self._buffer, self._at)
            self._at = self._start = blanks.end() if blanks else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def take(self, characters: str, *, after: str = "the start") -> str:
        """Take one of some characters, else raise InvalidInput."""
        found = self.peek()
        if found and found in characters:
            self._at += 1
            return found
        if not found:
            raise self._ends_early()
        wanted = " or ".join(characters)
        raise InvalidInput(f"broken JSON: {wanted} expected after {after}, found {found!r}", where=self._name)

    def take_wrapper(self) -> str | None:
        """Take `{"events":` up to its array and return the key; None where there is no such thing."""
        match = _WRAPPER.match(self._buffer, self._at)
        if match is None:
            return None
        self._at = match.end()
        return match[1]

    def take_end(self, wrapper: str) -> None:
        """Take the end of a wrapper, which holds nothing else."""
        if self.peek() == ",":
            what = f"the object holds more than {wrapper!r}"
            raise InvalidInput(what, where=self._name, mend="leave only that key, or only its array")
        self.take("}", after=f"the {wrapper}")

    def value(self) -> Piece:
        """Take one value of any kind."""
        first = self.peek()
        self._head = None
        depth = 0
        if first == '"':
            self._string()
        elif first in ("{", "["):
            depth = self._nested()
        else:
            self._scalar()
        return self._piece(depth)

    def _piece(self, depth: int) -> Piece:
        text = self._buffer[self._start : self._at] if self._head is None else self._head
        too_long = self._head is not None or len(text) > LIMIT
        return Piece(text[:KEPT] if too_long else text, depth, too_long)

    def _nested(self) -> int:
        """Go past an object or array and return how deep it is (at most, where that is of no matter)."""
        quick = _QUICK.match(self._buffer, self._at)
        if quick is not None:
            self._at = quick.end()
            return _QUICK_DEPTH
        depth = deepest = 0
        while True:
            run = _RUN.match(self._buffer, self._at)
            self._at = run.end() if run else self._at
            if self._at == len(self._buffer):
                self._need_more()
                continue
            brackets = _BRACKETS.match(self._buffer, self._at)
            if brackets is None:
                self._string()
            elif brackets[0][0] in "{[":
                self._at = brackets.end()
                depth += len(brackets[0])
                deepest = max(deepest, depth)
            else:
                closed = min(depth, len(brackets[0]))
                self._at += closed
                depth -= closed
                if depth == 0:
                    return deepest

    def _string(self) -> None:
        self._at += 1
        while True:
            run = _STRING_RUN.match(self._buffer, self._at)
            self._at = run.end() if run else self._at
            if self._at < len(self._buffer) and self._buffer[self._at] == '"':
                self._at += 1
                return
            self._need_more()

    def _scalar(self) -> None:
        while True:
            run = _SCALAR_RUN.match(self._buffer, self._at)
            self._at = run.end() if run else self._at
            if self._at < len(self._buffer) or not self._more():
                break
        if self._at == self._start:
            found = self._buffer[self._at : self._at + 1]
            if not found:
                raise self._ends_early()
            raise InvalidInput(f"broken JSON: a value expected, found {found!r}", where=self._name)

    def _need_more(self) -> None:
        if not self._more():
            raise self._ends_early()

    def _more(self) -> bool:
        """Read on, keeping the value at hand, or only its start once it is too long."""
        block = next(self._blocks, "")
        if not block:
            return False
        if self._head is None and self._at - self._start > LIMIT:
            self._head = self._buffer[self._start : self._start + KEPT]
        keep = self._start if self._head is None else self._at
        self._buffer = self._buffer[keep:] + block
        self._at -= keep
        self._start = 0
        return True

    def _ends_early(self) -> InvalidInput:
        return InvalidInput(
            "the JSON ends too early", where=self._name, mend="the file may be cut off: get it again"
        )
