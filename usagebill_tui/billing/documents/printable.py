"""Foreign text on its way to paper: what would steer a page or turn its reading around is made visible."""

import re

MOST_CHARACTERS = 500
MOST_LINES = 12

_STEERING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Return a text in one line, with control and direction characters shown as `\ufffd`.

    What is longer than a reader would read ends in `…`: a line of an invoice must fit a page.
    """
    line = _STEERING.sub("\ufffd", " ".join(text.split()))
    return line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}…"


def printable_lines(text: str) -> tuple[str, ...]:
    """Return the first twelve lines of a text, printable, without empty ones."""
    return tuple(line for line in map(printable, text.splitlines()) if line)[:MOST_LINES]
