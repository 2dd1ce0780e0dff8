r"""Event properties: named by their path, kept as exact text.

`usage.output` is the key `output` inside `usage`; a key that itself holds a dot, a quote or nothing is
written in double quotes (`"a.b".c`), with `\"` and `\\` inside.
"""

import json
import re
from decimal import Decimal
from typing import NamedTuple

from usagebill_tui.domain.quantity import plain

_PLAIN_KEY = re.compile(r'[^."]+')


class Value(NamedTuple):
    """One property of one event.

    `number` is its exact value where it is a number, or a text that spells one, within the reach of
    quantities. `text` is given where the value was a text. `json` is the JSON text of anything else:
    true, false, a list, an empty table, a number too large to be a quantity.
    """

    number: Decimal | None = None
    text: str | None = None
    json: str | None = None

    def as_text(self) -> str:
        """Return the form in which values are compared and grouped."""
        if self.text is not None:
            return self.text
        if self.json is not None:
            return self.json
        return "" if self.number is None else plain(self.number)


def path_of(keys: tuple[str, ...]) -> str:
    """Write a path from its keys."""
    return ".".join(key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False) for key in keys)
