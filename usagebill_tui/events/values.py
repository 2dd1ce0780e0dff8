"""What files hold, as exact property values."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal

from usagebill_tui.domain.properties import Value
from usagebill_tui.domain.quantity import EXACT, INTEGER_DIGITS, parse_decimal, to_quantity
from usagebill_tui.events.unreadable import Unreadable

NESTING = 50
"""Values nested deeper than this cannot be read."""

NAME_CHARACTERS = 1_000
"""No id, source, account or metric may be longer, nor may the name of a property."""

EMPTY_OBJECT = Value(json="{}")
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_STARTS_NUMBER = frozenset("+-.0123456789")
_PLAIN_DIGITS = 400
_SURE = 19  # a number written plainly in so many characters needs no rounding and is no matter too large
_LIMIT = 10**INTEGER_DIGITS
_CACHED = 50_000
_CACHED_TEXT = 100


class Values:
    """Makes property values; `rounded` counts the numbers that lost digits after the 18th.

    `known_cells` are values at hand by their cell's text.
    """

    def __init__(self) -> None:
        self.rounded = 0
        self.known_cells: dict[str, Value] = {}
        self._texts: dict[str, Value] = {}

    def cell(self, text: str) -> Value:
        """Return the value of a CSV cell: a number where it is plainly written as one, else a text."""
        value = self.known_cells.get(text)
        if value is None:
            before = self.rounded
            if not _is_plain_number(text):
                value = self._text(text)
            elif len(text) <= _SURE:
                value = Value(Decimal(text))
            else:
                value = self._number(Decimal(text))
            if self.rounded == before and len(text) <= _CACHED_TEXT:
                _remember(self.known_cells, text, value)
        return value

    def of_json(self, value: object, depth: int = 0) -> Value:
        """Return the value of anything JSON holds but null and objects; `depth` levels are around it."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool):
            return Value(json="true" if value else "false")
        if isinstance(value, int):
            return Value(Decimal(value)) if -_LIMIT < value < _LIMIT else self._number(Decimal(value))
        if isinstance(value, Decimal):
            return self._number(value)
        return Value(json=canonical_json(value, depth))

    def text(self, text: str) -> Value:
        """Return the value of a text, with its number where it spells one."""
        value = self._texts.get(text)
        if value is None:
            before = self.rounded
            value = self._text(text)
            if self.rounded == before and len(text) <= _CACHED_TEXT:
                _remember(self._texts, text, value)
        return value

    def _text(self, text: str) -> Value:
        number = parse_decimal(text) if text[:1] in _STARTS_NUMBER else None
        return Value(None if number is None else self._quantity(number), text)

    def _number(self, number: Decimal) -> Value:
        quantity = self._quantity(number)
        return Value(json=canonical_number(number)) if quantity is None else Value(quantity)

    def _quantity(self, number: Decimal) -> Decimal | None:
        if number.adjusted() < INTEGER_DIGITS:
            reduced = EXACT.normalize(number)
            text = str(reduced)
            if len(text) <= _SURE and "E" not in text and number:
                return reduced
        quantity = to_quantity(number)
        if quantity is not None and quantity != number:
            self.rounded += 1
        return quantity


def canonical_number(number: Decimal) -> str:
    """Write any number in one way: plainly, or with an exponent where that takes over 400 digits."""
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    significant = text.rstrip("0")
    if not significant:
        return "0"
    power = int(exponent) + len(text) - len(significant)
    if max(power, -power, len(significant)) > _PLAIN_DIGITS:
        written = f"{significant}e{power}"
    elif power >= 0:
        written = significant + "0" * power
    else:
        padded = significant.rjust(1 - power, "0")
        written = f"{padded[:power]}.{padded[power:]}"
    return f"-{written}" if sign else written


def canonical_json(value: object, depth: int = 0) -> str:
    """Write a JSON value in one way: keys sorted, no blanks, plain numbers; raises Unreadable if too deep."""
    if isinstance(value, Mapping):
        check_nesting(depth + 1)
        pairs = sorted(value.items())
        return "{" + ",".join(f"{_quoted(key)}:{canonical_json(one, depth + 1)}" for key, one in pairs) + "}"
    if isinstance(value, list):
        check_nesting(depth + 1)
        return "[" + ",".join(canonical_json(one, depth + 1) for one in value) + "]"
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return canonical_number(Decimal(value))
    if isinstance(value, str):
        return _quoted(value)
    return "null" if value is None else str(value).lower()


def check_nesting(depth: int) -> None:
    """Raise Unreadable beyond the deepest level that is read."""
    if depth > NESTING:
        raise Unreadable(f"nested deeper than {NESTING} levels")


def _is_plain_number(text: str) -> bool:
    """Tell whether a text is the one plain spelling of a number."""
    return len(text) <= _PLAIN_DIGITS and text != "-0" and _PLAIN.fullmatch(text) is not None


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _remember(known: dict[str, Value], text: str, value: Value) -> None:
    if len(known) >= _CACHED:
        known.clear()
    known[text] = value
