"""Single values of a catalogue file: read into exact types, or refused with their place."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, get_args

from usagebill_tui.billing.catalogue.place import Place
from usagebill_tui.domain.currency import MINOR_DIGITS
from usagebill_tui.domain.names import nearest, suggestion
from usagebill_tui.domain.quantity import parse_decimal, to_quantity
from usagebill_tui.domain.zones import zone
from usagebill_tui.errors import InvalidInput

T = TypeVar("T")
Reader = Callable[[Any, Place], T]
"""Turns a value into its type; raises InvalidInput with the place."""

CODE_LENGTH = 200
_HUNDRED = Decimal(100)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_PATH = re.compile(r'(?:[^."]+|"(?:[^"\\]|\\.)*")(?:\.(?:[^."]+|"(?:[^"\\]|\\.)*"))*')


def text(value: Any, place: Place) -> str:
    """Read a text, which may have several lines but no other control characters."""
    if not isinstance(value, str):
        raise place.error(f"{shown(value)} is not a text", mend="put it in quotes")
    if _CONTROL.search(value):
        raise place.error("the text holds control characters", mend="take them out")
    return value


def code(value: Any, place: Place) -> str:
    """Read a code, an id or an alias: one line of 1 to 200 characters without spaces around it."""
    name = text(value, place)
    if not name:
        raise place.error("is empty", mend="give it a name")
    if name != name.strip() or not name.isprintable():
        raise place.error(
            f"{name!r} has spaces around it or characters that cannot be seen", mend="take them out"
        )
    if len(name) > CODE_LENGTH:
        raise place.error(f"is {len(name)} characters long", mend=f"use at most {CODE_LENGTH}")
    return name


def path(value: Any, place: Place) -> str:
    """Read the path of an event's property, such as `usage.output`."""
    name = text(value, place)
    if "\n" in name or _PATH.fullmatch(name) is None:
        raise place.error(f"{name!r} is not the path of a property", mend="write it like usage.output")
    return name


def number(value: Any, place: Place) -> Decimal:
    """Read an exact number from a number or a text that spells one: 20 digits before, 18 after the point."""
    parsed = parse_decimal(value) if isinstance(value, str) else value
    if isinstance(parsed, bool) or not isinstance(parsed, int | Decimal) or not Decimal(parsed).is_finite():
        raise place.error(f"{shown(value)} is not a number", mend="write it like 12.50")
    exact = to_quantity(Decimal(parsed))
    if exact is None or exact != parsed:
        raise place.error(
            f"{shown(value)} has too many digits", mend="use at most 20 before and 18 after the point"
        )
    return exact


def not_negative(value: Any, place: Place) -> Decimal:
    """Read a number of 0 or more."""
    return at_least_zero(number(value, place), place)


def percent(value: Any, place: Place) -> Decimal:
    """Read a percentage from 0 to 100."""
    return within_hundred(number(value, place), place)


def at_least_zero(value: Decimal, place: Place) -> Decimal:
    """Return a number of 0 or more, refuse others."""
    if value < 0:
        raise place.error(f"{shown(value)} is negative", mend="use 0 or more")
    return value


def within_hundred(value: Decimal, place: Place) -> Decimal:
    """Return a percentage from 0 to 100, refuse others."""
    if not 0 <= value <= _HUNDRED:
        raise place.error(f"{shown(value)} percent is impossible", mend="use 0 to 100")
    return value


def whole(value: Any, place: Place) -> int:
    """Read a whole number from a number or a text that spells one."""
    exact = number(value, place)
    if exact != int(exact):
        raise place.error(f"{shown(value)} is not a whole number", mend="leave the fraction out")
    return int(exact)


def between(value: int, least: int, most: int, place: Place) -> None:
    """Refuse a whole number outside [least, most]."""
    if not least <= value <= most:
        raise place.error(f"{value} is out of reach", mend=f"use {least} to {most}")


def flag(value: Any, place: Place) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise place.error(
            f"{shown(value)} is neither true nor false", mend="write true or false without quotes"
        )
    return value


def day(value: Any, place: Place) -> date:
    """Read a date, written bare or as text."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise place.error(f"{shown(value)} is not a date", mend="write it like 2026-10-01") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise place.error(f"{shown(value)} is not a date", mend="write it like 2026-10-01")
    return value


def currency(value: Any, place: Place) -> str:
    """Read the ISO 4217 code of a currency."""
    name = text(value, place)
    if name not in MINOR_DIGITS:
        near = nearest(name, MINOR_DIGITS)
        mend = f"did you mean {near!r}?" if near else "use an ISO 4217 code such as USD"
        raise place.error(f"unknown currency {name!r}", mend=mend)
    return name


def timezone(value: Any, place: Place) -> str:
    """Read the IANA name of a time zone."""
    name = text(value, place)
    try:
        zone(name)
    except InvalidInput as error:
        raise place.error(error.what, mend=error.mend) from None
    return name


def choice(kind: str, literal: Any) -> Reader[Any]:
    """Return the reader of one of a `Literal` type's texts; `kind` names it in errors."""
    known: tuple[str, ...] = get_args(literal)

    def read(value: Any, place: Place) -> str:
        name = text(value, place)
        if name not in known:
            raise place.error(f"unknown {kind} {name!r}", mend=suggestion(name, known))
        return name

    return read


def table(value: Any, place: Place) -> dict[str, Any]:
    """Read a table as it stands."""
    if not isinstance(value, dict):
        raise place.error(f"{shown(value)} is not a table", mend="write it like { key = value }")
    return value


def list_of(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """Return the reader of a list whose elements `read` reads."""

    def read_all(value: Any, place: Place) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise place.error(f"{shown(value)} is not a list", mend="put it in [ ]")
        return tuple(read(element, place.item(index)) for index, element in enumerate(value))

    return read_all


def refuse_repeated(names: Iterable[str], place: Place) -> None:
    """Refuse a list that names something twice."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            raise place.item(index).error(f"{name!r} is given twice", mend="take one out")
        seen.add(name)


def shown(value: Any) -> str:
    """Return a value as an error quotes it, cut to one short line."""
    quoted = repr(str(value)) if isinstance(value, str) else str(value)
    quoted = {"True": "true", "False": "false"}.get(quoted, quoted)
    return quoted if len(quoted) <= 60 else f"{quoted[:57]}…"  # noqa: PLR2004 - what fits in a line
