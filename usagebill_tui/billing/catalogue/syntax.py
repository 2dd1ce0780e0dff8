"""TOML text to plain tables, with decimals exact and syntax errors at their line."""

import re
import tomllib
from decimal import Decimal
from typing import Any

from usagebill_tui.errors import InvalidInput

_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_END = " (at end of document)"


def read_toml(text: str, name: str) -> dict[str, Any]:
    """Read TOML; raises InvalidInput with the file and line of what is no TOML."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error), text, name) from None
    except RecursionError:
        raise InvalidInput(
            "lists or tables are nested too deeply", where=name, mend="write them flat"
        ) from None
    except ValueError:
        raise InvalidInput(
            "a number has thousands of digits", where=name, mend="write at most 38 digits"
        ) from None


def _syntax_error(message: str, text: str, name: str) -> InvalidInput:
    """Make the error for what the TOML reader says."""
    found = _LINE.search(message)
    line = found[1] if found else str(max(1, len(text.splitlines())))
    what = _LINE.sub("", message).replace(_END, ", which the file ends in")
    return InvalidInput(what[:1].lower() + what[1:], where=f"{name}, line {line}", mend="mend the TOML there")
