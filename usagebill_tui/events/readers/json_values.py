"""JSON values as rows of events: decoded without floats, taken out of their wrappers."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from usagebill_tui.events.readers.json_keys import repeated_key
from usagebill_tui.events.readers.protocol import Record
from usagebill_tui.events.unreadable import shown

WRAPPERS = ("event", "events", "measurements")
"""An object whose only key is one of these is a wrapper around an event or a list of them."""

_ERRORS = (msgspec.MsgspecError, ArithmeticError, RecursionError, ValueError)
_LEVELS = 2
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_PART = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PARTS = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])


def decode(text: str) -> Any:
    """Return a JSON value; numbers are int or Decimal, exactly. Raises ValueError with the reason."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ArithmeticError:
        raise ValueError("broken JSON: a number has an exponent beyond all reason") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise ValueError(f"broken JSON: {_first_line(error)}") from None


def records(line: int, text: str) -> Iterator[Record]:
    """Yield the rows that one JSON value holds: itself, or what it wraps."""
    try:
        value = decode(text)
    except ValueError as error:
        yield Record(line, text, None, str(error))
        return
    if isinstance(value, dict) and len(value) != 1:
        yield _row(line, text, value)
    else:
        yield from _unwrapped(line, text, value, _LEVELS)


def _unwrapped(line: int, text: str, value: object, levels: int) -> Iterator[Record]:
    if not isinstance(value, dict):
        yield Record(line, text, None, f"the row is {_kind(value)}, not an object")
        return
    key, inner = next(iter(value.items()), ("", None))
    if len(value) != 1 or not levels or key not in WRAPPERS or not isinstance(inner, dict | list):
        yield _row(line, text, value)
    elif text.count(f'"{key}"') > 1 and not _is_single(text):
        yield Record(line, text, None, f"the key {key!r} is given twice")
    elif isinstance(inner, dict):
        yield from _unwrapped(line, _text(_PART.decode(text)[key]), inner, levels - 1)
    else:
        for raw, element in zip(_PARTS.decode(text)[key], inner, strict=True):
            yield from _unwrapped(line, _text(raw), element, levels - 1)


def _row(line: int, text: str, value: dict[str, Any]) -> Record:
    try:
        twice = repeated_key(text, value)
    except RecursionError:
        return Record(line, text, None, "nested too deep")
    if twice is None:
        return Record(line, text, value)
    return Record(line, text, None, f"the key {shown(twice)} is given twice")


def _is_single(text: str) -> bool:
    """Tell whether an object really has but one key, as its decoded form does."""
    try:
        pairs: list[object] = json.loads(text, object_pairs_hook=list, parse_int=str, parse_float=str)
    except RecursionError:
        return True  # what is inside is refused for it
    return len(pairs) == 1


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()


def _first_line(error: Exception) -> str:
    return str(error).removeprefix("JSON is malformed: ").splitlines()[0]


def _kind(value: object) -> str:
    if value is None:
        return "null"
    kinds = {list: "an array", str: "a text", bool: "true or false"}
    return kinds.get(type(value), "a number")
