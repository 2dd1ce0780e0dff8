"""Foreign text on its way to a terminal, by the command line or the interface: shown, never obeyed."""

import re
import unicodedata

_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    r"|[\ud800-\udfff]|[\U000e0000-\U000e007f]"
)


def safe(text: str) -> str:
    r"""Return text with control, direction and invisible characters made visible (`\x1b`, `\u202e`)."""
    return _UNSAFE.sub(lambda found: _escape(found.group()), text)


def safe_json(text: str) -> str:
    r"""Return JSON text in which those characters are written as `\uXXXX`: the same JSON."""
    return _UNSAFE.sub(lambda found: _json_escape(found.group()), text)


def width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _json_escape(character: str) -> str:
    # A line feed between lines of JSON Lines is the output's own.
    if character == "\n":
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
