"""Fields: what a form asks for, how a text that was typed is checked, and which plain value it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from usagebill_tui.domain.quantity import parse_decimal, plain

Kind = Literal["text", "number", "whole", "choice", "flag", "list", "date", "table", "rows"]

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
        match self.kind:
            case "number" | "whole":
                return self._number_problem(typed)
            case "date":
                return None if _date(typed) else "write a day like 2026-11-01"
            case "choice" if typed not in {value for value, _ in self.choices}:
                return f"choose one of {', '.join(value for value, _ in self.choices)}"
        return None

    def _number_problem(self, typed: str) -> str | None:
        number = parse_decimal(typed)
        if number is None:
            return "write a number like 12.50" if self.kind == "number" else "write a whole number like 12"
        if self.kind == "whole" and number != number.to_integral_value():
            return "must be a whole number"
        for name, (holds, word) in _RULES.items():
            if self.bounds and name in self.bounds and not holds(number, Decimal(self.bounds[name])):
                return f"must be {word} {self.bounds[name]}"
        return None

    def value(self, text: str) -> Any:
        """Return the plain value of a typed text without problems, None where nothing was typed."""
        typed = text.strip()
        if not typed:
            return None
        match self.kind:
            case "whole":
                number = parse_decimal(typed)
                return typed if number is None else int(number)
            case "list":
                return [part.strip() for part in typed.split(",") if part.strip()]
            case "date":
                return _date(typed) or typed
            case "flag":
                return typed == "true"
        return typed

    def text(self, value: Any) -> str:
        """Return the text in which a plain value is typed."""
        match value:
            case None:
                return ""
            case bool():
                return "true" if value else "false"
            case Decimal():
                return plain(value)
            case date():
                return value.isoformat()
            case list() | tuple():
                return ", ".join(str(each) for each in value)
        return str(value)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
