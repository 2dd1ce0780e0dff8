"""TOML text: one line a key, inline tables and lists, as a catalogue file is written by hand."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import tomli_w

from usagebill_tui.domain.quantity import plain

_PLAIN_TEXT = re.compile(r'[^\x00-\x1f\x7f"\\]*')
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def table_text(header: str, table: Mapping[str, Any]) -> str:
    """Write a `[[header]]` and its keys; the values of decimals become text."""
    lines = [f"{key_text(key)} = {value_text(value)}" for key, value in table.items()]
    return "\n".join([f"[[{header}]]", *lines, ""])


def value_text(value: Any) -> str:
    """Write one value; a list of tables takes a line for each."""
    match value:
        case str() if _PLAIN_TEXT.fullmatch(value):
            return f'"{value}"'
        case Decimal():
            return f'"{plain(value)}"'
        case Mapping():
            pairs = ", ".join(f"{key_text(key)} = {value_text(each)}" for key, each in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case [Mapping(), *_]:
            return "".join(["[\n", *(f"    {value_text(each)},\n" for each in value), "]"])
        case list() | tuple():
            return f"[{', '.join(value_text(each) for each in value)}]"
    return tomli_w.dumps({"k": value}).removeprefix("k = ").rstrip("\n")


def key_text(key: str) -> str:
    """Write a key, in quotes where it needs them."""
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    """Write a text as a basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
