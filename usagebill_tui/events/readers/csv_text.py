"""The grammar of one CSV row (RFC 4180)."""

import re

_QUOTED = r'"(?:[^"]++|"")*+"'
_FIELD = rf'(?:{_QUOTED}|[^",\n]*+)'
_ROW = re.compile(rf"{_FIELD}(?:,{_FIELD})*+")
_OPEN = re.compile(rf'(?:{_FIELD},)*+"(?:[^"]++|"")*+')
_CONTENT = re.compile(r'(?:"((?:[^"]++|"")*+)"|([^",\n]*+)),')


def split_row(row: str) -> list[str] | None:
    """Return the fields of a row, quotes taken off; None where it is not a whole row."""
    if _ROW.fullmatch(row) is None:
        return None
    return [quoted.replace('""', '"') or plain for quoted, plain in _CONTENT.findall(f"{row},")]


def is_open(text: str) -> bool:
    """Tell whether a text is the start of a row whose last field is in quotes that are not closed yet."""
    return _OPEN.fullmatch(text) is not None
