"""The digest by which equal events are known."""

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from usagebill_tui.domain.properties import Value


def content_of(
    source: str, account: str, metric: str, timestamp: int, properties: Mapping[str, Value]
) -> str:
    """Return 32 hex digits that stand for all of an event but its id.

    Every text stands behind its length, so that no two events share one digest's text; numbers are written
    plainly and properties sorted by path, so that neither spelling nor order matters. Stored events carry
    it: it must never change.
    """
    parts = [f"{len(source)}:{source}{len(account)}:{account}{len(metric)}:{metric}{timestamp}"]
    for path in sorted(properties):
        number, text, json = properties[path]
        if text is not None:
            parts.append(f"|{len(path)}:{path}t{len(text)}:{text}")
        elif json is not None:
            parts.append(f"|{len(path)}:{path}j{len(json)}:{json}")
        else:
            parts.append(f"|{len(path)}:{path}n{_digits(number)}")
    return sha256("".join(parts).encode()).hexdigest()[:32]


def _digits(number: Decimal | None) -> str:
    """Write a quantity plainly; `str` is faster and differs only where it uses an exponent."""
    text = str(number)
    return f"{number:f}" if "E" in text else text
