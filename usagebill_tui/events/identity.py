"""An event's id made from other columns."""

import json
from collections.abc import Sequence
from decimal import Decimal

from usagebill_tui.events.unreadable import Unreadable
from usagebill_tui.events.values import canonical_number


def joined_id(names: Sequence[str], values: Sequence[object]) -> str:
    """Return the JSON list of the columns' texts; raises Unreadable where one is missing or no text."""
    return json.dumps([_text(n, v) for n, v in zip(names, values, strict=True)], ensure_ascii=False)


def _text(name: str, value: object) -> str:
    if value is None or value == "":
        raise Unreadable(f"id cannot be made: {name} is missing")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return canonical_number(Decimal(value))
    raise Unreadable(f"id cannot be made: {name} is neither a text nor a number")
