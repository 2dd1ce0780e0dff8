"""Fields: what a form asks for, how a text that was typed is checked, and which plain value it becomes."""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from usagebill_tui.domain.quantity import INTEGER_DIGITS, parse_decimal, plain

Kind = Literal[
    "text", "number", "whole", "choice", "flag", "list", "date", "data", "conditions", "table", "rows"
]
"""`list` is typed with commas, `data` (of any shape) as JSON, `conditions` with `=` and `;`."""

_YES_NO = {"true": True, "yes": True, "false": False, "no": False}
_DAY_LIKE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WANTED = {
    "date": "write a day like 2026-11-01",
    "flag": "write yes or no",
    "data": 'write it as JSON, such as {"small": "1.50"}',
    "conditions": "write it like region = eu, uk; tier = gold",
}
_LOSSY: tuple[Kind, ...] = ("text", "choice", "list", "data", "conditions")
"""Kinds whose text may say less than the value that it was written from."""

_CONDITION = re.compile(r'(?:[^;"]|"[^"]*"?)+')
_PATH = re.compile(r'((?:[^="]|"[^"]*")+)=')
_VALUE = re.compile(r'"(?:[^"]|"")*"|[^,"\s][^,"]*')
_RULES = {
    "gt": (Decimal.__gt__, "above"),
    "ge": (Decimal.__ge__, "at least"),
    "lt": (Decimal.__lt__, "below"),
    "le": (Decimal.__le__, "at most"),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One value of a form, by the key that a catalogue file calls it.

    `choices` are (value, title) pairs; `bounds` are those of a number (`gt`, `ge`, `lt`, `le`); `fields` are
    the parts of a `table`, or of each row of `rows`; `default` is what holds where nothing is typed.
    """

    key: str
    title: str
    help: str = ""
    kind: Kind = "text"
    required: bool = False
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    bounds: Mapping[str, Any] | None = None
    fields: tuple["Field", ...] = ()
    suggestions: Sequence[str] = ()

    def problem(self, text: str) -> str | None:
        """Return what is wrong with a typed text, None where it will do."""
        typed = text.strip()
        if not typed:
            return "is needed" if self.required else None
        if self.kind in {"number", "whole"}:
            return self._number_problem(typed)
        return None if self._readable(typed) else self._wanted(typed)

    def _readable(self, typed: str) -> bool:
        match self.kind:
            case "date":
                return _date(typed) is not None
            case "flag":
                return typed.lower() in _YES_NO
            case "data":
                return _data(typed) is not None
            case "conditions":
                return conditions(typed) is not None
            case "choice":
                return typed in dict(self.choices)
        return True

    def _wanted(self, typed: str) -> str:
        if self.kind == "choice":
            return f"choose one of {', '.join(dict(self.choices))}"
        if self.kind == "date" and _DAY_LIKE.fullmatch(typed):
            return "there is no such day"
        return _WANTED.get(self.kind, "cannot be read")

    def _number_problem(self, typed: str) -> str | None:
        number = parse_decimal(typed)
        if number is None and "," in typed and parse_decimal(typed.replace(",", "")) is not None:
            return "write the number without commas, its decimals after a point"
        if number is None:
            return "write a number like 12.50" if self.kind == "number" else "write a whole number like 12"
        if self.kind == "whole" and number != number.to_integral_value():
            return "must be a whole number"
        for name, (holds, word) in _RULES.items():
            if self.bounds and name in self.bounds and not holds(number, Decimal(self.bounds[name])):
                return f"must be {word} {self.bounds[name]}"
        return None

    def value(self, text: str) -> Any:
        """Return the plain value of a typed text without problems, None where nothing was typed.

        A text that cannot be read is its own value: the rules of the catalogue file say what is wrong.
        """
        typed = text.strip()
        if not typed:
            return None
        read = _READERS.get(self.kind)
        found = typed if read is None else read(typed)
        return typed if found is None else found

    def kept_value(self, given: Any, text: str) -> Any:
        """Return the value of a text that began as `given`: just that, where nobody changed it."""
        if self.kind in _LOSSY and given is not None and text == self.text(given):
            return given
        return self.value(text)

    def text(self, value: Any) -> str:
        """Return the text in which a plain value is typed."""
        if value is None:
            return ""
        if self.kind == "data":
            return json.dumps(value, ensure_ascii=False, default=str)
        if self.kind == "conditions" and isinstance(value, Mapping):
            return conditions_text(value)
        if isinstance(value, list | tuple):
            return ", ".join(_quoted(_word(each)) for each in value)
        return _word(value)


def _word(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case date():
            return value.isoformat()
    return str(value)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _parts(text: str) -> list[str]:
    """Return the parts between commas; one that holds a comma itself stands in quotes."""
    try:
        found = [part for row in csv.reader([text], skipinitialspace=True) for part in row]
    except csv.Error:  # too long for its cells
        found = text.split(",")
    return [part.strip() for part in found if part.strip()]


def _quoted(part: str) -> str:
    return f'"{part.replace(chr(34), chr(34) * 2)}"' if "," in part or '"' in part else part


def conditions_text(table: Mapping[str, Any]) -> str:
    """Write properties with their values: `region = eu, uk; tier = gold`, odd values in quotes."""
    return "; ".join(f"{path} = {_values_text(value)}" for path, value in table.items())


def _values_text(value: Any) -> str:
    several = value if isinstance(value, list | tuple) else [value]
    words = [_word(each) for each in several]
    odd = re.compile(r'^\s|\s$|[,;="]|^$')
    return ", ".join(
        f'"{word.replace(chr(34), chr(34) * 2)}"' if odd.search(word) else word for word in words
    )


def conditions(text: str) -> dict[str, Any] | None:
    """Read what `conditions_text` writes; None where it cannot be read."""
    found: dict[str, Any] = {}
    for part in _CONDITION.findall(text):
        if not part.strip():
            continue
        path, equals, values = _at_equals(part)
        words = [
            word[1:-1].replace('""', '"') if word.startswith('"') else word.strip()
            for word in _VALUE.findall(values)
        ]
        if not equals or not path or not words or path in found:
            return None
        found[path] = words[0] if len(words) == 1 else words
    return found or None


def _at_equals(part: str) -> tuple[str, str, str]:
    """Split one condition at its first `=` that is not within quotes."""
    match = _PATH.match(part)
    return ("", "", "") if match is None else (match[1].strip(), "=", part[match.end() :])


def _data(text: str) -> Any:
    """Return what JSON says, its numbers exact; None where it is broken, or nothing but null."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _whole(text: str) -> int | None:
    number = parse_decimal(text)
    return None if number is None or number.adjusted() > INTEGER_DIGITS else int(number)


_READERS: Mapping[str, Callable[[str], Any]] = {
    "whole": _whole,
    "list": _parts,
    "date": _date,
    "flag": lambda text: _YES_NO.get(text.lower(), False),
    "data": _data,
    "conditions": conditions,
}
